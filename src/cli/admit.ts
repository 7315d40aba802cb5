import { text as readText } from 'node:stream/consumers';
import { stringify } from 'yaml';
import {
  formatManifestError,
  type ManifestSet,
  manifestErrors,
  parseManifests,
} from '../standalone/manifest-files.ts';
import { readManifests } from '../standalone/manifest-reader.ts';
import { isReviewed, ManifestStore, type StoredObject } from '../standalone/manifest-store.ts';
import { type AdmissionFlags, admissionOptions } from './admission-flags.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

export type AdmitFlags = AdmissionFlags & {
  readonly filename: readonly string[];
  readonly output: 'yaml' | 'json' | 'patch';
};

/** `-` is standard input, as for kubectl. */
const readFiles = async (names: readonly string[]): Promise<ManifestSet> => {
  const { files } = await readManifests(names.filter(name => name !== '-'));
  if (!names.includes('-')) return { files };
  return { files: new Map([...files, ['-', parseManifests('(stdin)', await readText(process.stdin))]]) };
};

const printed = (objects: readonly StoredObject[], output: AdmitFlags['output']): string => {
  const [only, ...others] = objects;
  if (output === 'yaml') {
    return objects.map(({ raw }) => stringify(raw, { lineWidth: 0 }).trimEnd()).join('\n---\n');
  }
  if (only !== undefined && others.length === 0) {
    return JSON.stringify(output === 'json' ? only.raw : only.patch, null, 2);
  }
  if (output === 'json') {
    const items = objects.map(({ raw }) => raw);
    return JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 2);
  }
  const patches = objects.map(({ object: { metadata }, patch }) => ({
    namespace: metadata.namespace,
    name: metadata.name,
    patch,
  }));
  return JSON.stringify(patches, null, 2);
};

/** `sluice admit -f FILE`: what the webhook would store, or why it would not. */
export const admit = async (flags: AdmitFlags, terminal: Terminal): Promise<ExitCode> => {
  const files = await readFiles(flags.filename);
  const store = new ManifestStore(admissionOptions(flags));
  const { errors, warnings } = store.update(files, Date.now());
  for (const warning of warnings) terminal.complain(`warning: ${formatManifestError(warning)}`);
  const refused = [...manifestErrors(files), ...errors];
  for (const error of refused) terminal.complain(`error: ${formatManifestError(error)}`);
  const admitted = [...store.stored.values()].filter(({ object }) => isReviewed(object));
  if (admitted.length > 0) terminal.print(printed(admitted, flags.output));
  else if (refused.length === 0) {
    terminal.complain(
      `error: ${flags.filename.join(', ')}: there is no Ingress to admit, and no Service on TCP ports (of a folder, its .yaml, .yml and .json files are read)`,
    );
    return EXIT.no;
  }
  return refused.length === 0 ? EXIT.fine : EXIT.no;
};
