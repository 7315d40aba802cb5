import { formatProblem, type Problem } from '../core/problem.ts';
import { writtenName } from './duplicate-manifests.ts';
import { fieldPath } from './field-path.ts';
import type { Manifest, ManifestError } from './manifest-files.ts';

/** Something about an object, at the line of a field of it. */
export const remarkOn = (
  manifest: Manifest,
  message: string,
  path: readonly (string | number)[] = [],
): ManifestError => ({
  file: manifest.origin.file,
  document: manifest.origin.document,
  line: path.length === 0 ? manifest.origin.line : manifest.lineOf(path),
  column: null,
  message: `${writtenName(manifest)}${message}`,
});

/** A problem of an object, at the line of its field. */
export const problemOf = (manifest: Manifest, problem: Problem): ManifestError =>
  remarkOn(manifest, `: ${formatProblem(problem)}`, fieldPath(problem.field));
