import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const ROOT = fileURLToPath(new URL('../golden', import.meta.url));
const INPUT = '.in.yaml';

/** One golden file: `test/golden/<stage>/<name>.in.yaml` and what is to come of it. */
export type GoldenFile = {
  readonly stage: string;
  readonly name: string;
  readonly inputPath: string;
  readonly outputPath: string;
};

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .sort();

/** Every golden file of every stage: a folder that is put there is a stage. */
export const goldenFiles = (): readonly GoldenFile[] =>
  foldersIn(ROOT).flatMap(stage =>
    readdirSync(join(ROOT, stage))
      .filter(file => file.endsWith(INPUT))
      .sort()
      .map(file => {
        const name = file.slice(0, -INPUT.length);
        return {
          stage,
          name,
          inputPath: join(ROOT, stage, file),
          outputPath: join(ROOT, stage, `${name}.out.yaml`),
        };
      }),
  );

/** Outputs to which no input belongs (any more). */
export const orphanedOutputs = (): readonly string[] => {
  const outputs = new Set(goldenFiles().map(file => file.outputPath));
  return foldersIn(ROOT).flatMap(stage =>
    readdirSync(join(ROOT, stage))
      .filter(file => !file.endsWith(INPUT))
      .map(file => join(ROOT, stage, file))
      .filter(path => !outputs.has(path)),
  );
};

/** All documents of a YAML file; a file that is no YAML is a mistake of the test. */
export const readDocuments = (path: string): readonly unknown[] =>
  [...parseAllDocuments(readFileSync(path, 'utf8'))].map(document => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${path}: ${error.message}`);
    return document.toJS() as unknown;
  });
