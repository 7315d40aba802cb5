import { isRecord } from '../core/canonical-json.ts';
import type { Manifest, ManifestError, RankedManifest } from './manifest-files.ts';

const CLUSTER_SCOPED: ReadonlySet<string> = new Set(['Namespace', 'IngressClass']);

/** One Ingress is served under several groups; it is still one object. */
const INGRESS_GROUPS: ReadonlySet<string> = new Set(['extensions', 'networking.k8s.io']);

const groupOf = (apiVersion: unknown): string => {
  const text = String(apiVersion);
  const group = text.includes('/') ? text.slice(0, text.indexOf('/')) : '';
  return INGRESS_GROUPS.has(group) ? 'networking.k8s.io' : group;
};

type Identity = { readonly key: string; readonly shown: string };

/** What makes two manifests the same object; null for one without a name: its parser says so. */
export const manifestIdentity = ({ value }: Manifest): Identity | null => {
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  const { name, namespace } = metadata;
  if (typeof name !== 'string') return null;
  const kind = String(value.kind);
  const space = CLUSTER_SCOPED.has(kind) ? '' : String(namespace ?? 'default');
  return {
    key: JSON.stringify([groupOf(value.apiVersion), kind, space, name]),
    shown: space === '' ? `${kind} ${name}` : `${kind} ${space}/${name}`,
  };
};

/** Manifests whose object no other place describes, and an error for every one that is described again, naming both places (DESIGN 8). */
export const withoutDuplicates = (
  manifests: readonly RankedManifest[],
): { readonly unique: readonly RankedManifest[]; readonly errors: readonly ManifestError[] } => {
  const first = new Map<string, RankedManifest>();
  const doubled = new Set<Manifest>();
  const errors: ManifestError[] = [];
  for (const manifest of manifests) {
    const identity = manifestIdentity(manifest);
    if (identity === null) continue;
    const earlier = first.get(identity.key);
    if (earlier === undefined) {
      first.set(identity.key, manifest);
      continue;
    }
    // Which of the two is meant is not ours to guess, and neither may push out what is in force.
    doubled.add(earlier).add(manifest);
    const { file, document, line } = manifest.origin;
    const place = `${earlier.origin.file}:${earlier.origin.line}`;
    const message = `${identity.shown} stands already at ${place} (document ${earlier.origin.document}): keep one of them`;
    errors.push({ file, document, line, column: null, message });
  }
  return { unique: manifests.filter(manifest => !doubled.has(manifest)), errors };
};
