import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export const markdownIn = (folder: string, recursive: boolean): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive })
    .map(name => join(folder, String(name)))
    .filter(name => name.endsWith('.md'));

/** Every document, by its path from the root. */
export const DOCUMENTS: readonly string[] = [
  ...markdownIn('.', false),
  ...markdownIn('docs', true),
  ...markdownIn('examples', true),
  ...['bench', 'certs', 'test', 'webhook-config'].map(folder => `${folder}/README.md`),
].sort();

export const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

/** What stands in backticks. */
export const quotedIn = (cells: readonly (string | undefined)[]): readonly string[] =>
  cells.flatMap(cell => [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word));

/** Each once, in order. */
export const sorted = (words: Iterable<string>): readonly string[] => [...new Set(words)].sort();
