import { isRecord } from '../core/canonical-json.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { Manifest, ManifestError } from './manifest-files.ts';

const CLUSTER_SCOPED: ReadonlySet<string> = new Set(['Namespace', 'IngressClass']);

/** One Ingress is served under several groups; it is still one object. */
const INGRESS_GROUPS: ReadonlySet<string> = new Set(['extensions', 'networking.k8s.io']);

const groupOf = (apiVersion: unknown): string => {
  const text = String(apiVersion);
  const group = text.includes('/') ? text.slice(0, text.indexOf('/')) : '';
  return INGRESS_GROUPS.has(group) ? 'networking.k8s.io' : group;
};

/** `Ingress shop/web`, or `Namespace shop` where there is none around it: what people call an object. */
export const shownName = (kind: string, namespace: string, name: string): string =>
  `${kind} ${namespace === '' ? name : objectName({ namespace, name })}`;

/** What an object is called as far as its text tells: it may not be readable. */
export const writtenName = ({ value }: Pick<Manifest, 'value'>): string => {
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  const kind = String(value.kind);
  const namespace = CLUSTER_SCOPED.has(kind) ? '' : String(metadata.namespace ?? 'default') || 'default';
  return shownName(kind, namespace, String(metadata.name ?? '(no name)'));
};

/** What makes two manifests the same object; null for one without a name: its parser says so. */
export const manifestIdentity = (manifest: Manifest): string | null => {
  const { metadata, apiVersion } = manifest.value;
  if (!isRecord(metadata) || typeof metadata.name !== 'string') return null;
  return JSON.stringify([groupOf(apiVersion), writtenName(manifest)]);
};

/** Manifests whose object no other place describes, and an error for every one that is described again, naming both places (DESIGN 8). */
export const withoutDuplicates = (
  manifests: readonly Manifest[],
): { readonly unique: readonly Manifest[]; readonly errors: readonly ManifestError[] } => {
  const first = new Map<string, Manifest>();
  const doubled = new Set<Manifest>();
  const errors: ManifestError[] = [];
  for (const manifest of manifests) {
    const identity = manifestIdentity(manifest);
    if (identity === null) continue;
    const earlier = first.get(identity);
    if (earlier === undefined) {
      first.set(identity, manifest);
      continue;
    }
    // Which of the two is meant is not ours to guess, and neither may push out what is in force.
    doubled.add(earlier).add(manifest);
    const { file, document, line } = manifest.origin;
    const place = `${earlier.origin.file}:${earlier.origin.line}`;
    const message = `${writtenName(manifest)} stands already at ${place} (document ${earlier.origin.document}): keep one of them`;
    errors.push({ file, document, line, column: null, message });
  }
  return { unique: manifests.filter(manifest => !doubled.has(manifest)), errors };
};
