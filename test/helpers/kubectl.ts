import { isRecord } from '../../src/core/canonical-json.ts';
import type { Manifest } from './admission.ts';

/** Where kubectl keeps the file of the last apply. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const fieldsOf = (value: unknown): Manifest => (isRecord(value) ? value : {});

const withMetadata = (object: Manifest, parts: Manifest): Manifest => ({
  ...object,
  metadata: { ...fieldsOf(object.metadata), ...parts },
});

const annotationsOf = (object: Manifest): Manifest => fieldsOf(fieldsOf(object.metadata).annotations);

/** The file as it is sent: with itself in the annotation. */
const withLastApplied = (file: Manifest): Manifest =>
  withMetadata(file, {
    annotations: { ...annotationsOf(file), [LAST_APPLIED]: `${JSON.stringify(file)}\n` },
  });

/**
 * kubectl's three-way merge: what the last file had and this one has not goes, what this one has is set, the
 * rest of the live object stays. Lists of an Ingress are atomic (`+listType=atomic`).
 */
const threeWay = (last: unknown, file: unknown, live: unknown): unknown => {
  if (!isRecord(file) || !isRecord(live)) return file;
  const before = fieldsOf(last);
  const kept = Object.keys(live).filter(name => Object.hasOwn(file, name) || !Object.hasOwn(before, name));
  const added = Object.keys(file).filter(name => !Object.hasOwn(live, name));
  return Object.fromEntries(
    [...kept, ...added].map(name => [
      name,
      Object.hasOwn(file, name) ? threeWay(before[name], file[name], live[name]) : live[name],
    ]),
  );
};

/** `kubectl apply -f file`: the object that reaches admission. */
export const applied = (file: Manifest, live: Manifest | null): Manifest => {
  const sent = withLastApplied(file);
  if (live === null) return sent;
  const text = annotationsOf(live)[LAST_APPLIED];
  const last: unknown = typeof text === 'string' ? JSON.parse(text) : {};
  return fieldsOf(threeWay(last, sent, live));
};

/** `kubectl patch --type merge` (RFC 7386). */
export const patched = (live: Manifest, patch: Manifest): Manifest => {
  const out: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete out[name];
    else out[name] = isRecord(value) ? patched(fieldsOf(out[name]), value) : value;
  }
  return out;
};

/** `kubectl annotate --overwrite NAME=VALUE`, or with null `NAME-`. */
export const annotated = (live: Manifest, annotations: Readonly<Record<string, string | null>>): Manifest =>
  patched(live, { metadata: { annotations } });

/** `kubectl replace -f file`: the file and nothing else, but for what the API server itself keeps. */
export const replaced = (file: Manifest, live: Manifest): Manifest => {
  const { uid, creationTimestamp } = fieldsOf(live.metadata);
  return withMetadata(file, {
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  });
};
