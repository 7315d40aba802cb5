import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../core/canonical-json.ts';
import { EDGE_OF_LABEL, type EdgeServiceSpec, edgeServiceManifest } from '../../core/edge-service.ts';
import type { Labels } from '../../core/label-selector.ts';
import { objectName } from '../../core/objects/metadata.ts';
import type { Versioned } from '../../kube/kind.ts';
import type { StoredService } from '../stored-kinds.ts';
import type { Action } from './action.ts';
import type { Observed } from './observed.ts';

/** One field that is not as it should be, and the merge patch that puts it right. */
type Difference = {
  readonly field: string;
  readonly metadata?: { readonly [field: string]: Json };
  readonly spec?: { readonly [field: string]: Json };
};

type Comparison = (stored: StoredService, spec: EdgeServiceSpec) => Difference | null;

/** A merge patch keeps what it does not name, so a key that is not wanted is named with null. */
const replacedLabels = (stored: Labels | null, wanted: Labels): { readonly [key: string]: Json } => {
  const patch: Record<string, Json> = {};
  for (const key of Object.keys(stored ?? {})) if (!Object.hasOwn(wanted, key)) patch[key] = null;
  return { ...patch, ...wanted };
};

const label: Comparison = ({ metadata }, { stable }) =>
  metadata.labels[EDGE_OF_LABEL] === stable
    ? null
    : { field: 'metadata.labels', metadata: { labels: { [EDGE_OF_LABEL]: stable } } };

const owner: Comparison = ({ owners }, spec) => {
  const { ownerReferences = [] } = edgeServiceManifest(spec).metadata;
  const wanted = ownerReferences.map(({ kind, name, uid }) => ({ kind, name, uid }));
  // Any other owner would keep it here when its stable Service goes.
  return isDeepStrictEqual(owners, wanted)
    ? null
    : { field: 'metadata.ownerReferences', metadata: { ownerReferences: [...ownerReferences] } };
};

const selector: Comparison = (stored, spec) =>
  isDeepStrictEqual({ ...stored.selector }, { ...spec.selector })
    ? null
    : { field: 'spec.selector', spec: { selector: replacedLabels(stored.selector, spec.selector) } };

const ports: Comparison = (stored, spec) =>
  isDeepStrictEqual(stored.ports, spec.ports)
    ? null
    : { field: 'spec.ports', spec: { ports: [...edgeServiceManifest(spec).spec.ports] } };

const families: Comparison = (stored, spec) => {
  const { ipFamilies, ipFamilyPolicy } = edgeServiceManifest(spec).spec;
  return ipFamilies === undefined ||
    ipFamilyPolicy === undefined ||
    isDeepStrictEqual(stored.ipFamilies, ipFamilies)
    ? null
    : { field: 'spec.ipFamilies', spec: { ipFamilies: [...ipFamilies], ipFamilyPolicy } };
};

const COMPARISONS: readonly Comparison[] = [label, owner, selector, ports, families];

/** `spec.clusterIP` and the first IP family cannot be changed (core/v1 Service validation). */
const isUnchangeable = (stored: StoredService, { ipFamilies }: EdgeServiceSpec): boolean =>
  !stored.headless ||
  stored.type !== 'ClusterIP' ||
  (ipFamilies.length > 0 && stored.ipFamilies.length > 0 && stored.ipFamilies[0] !== ipFamilies[0]);

const removal = ({ object, resourceVersion }: Versioned<StoredService>, toBeMadeAgain: boolean): Action => ({
  kind: 'removeEdge',
  namespace: object.metadata.namespace,
  name: object.metadata.name,
  uid: object.metadata.uid,
  resourceVersion,
  stable: object.metadata.labels[EDGE_OF_LABEL] ?? '',
  toBeMadeAgain,
});

const reconciled = (
  stored: Versioned<StoredService> | undefined,
  spec: EdgeServiceSpec,
): readonly Action[] => {
  if (stored === undefined) return [{ kind: 'createEdge', spec }];
  const { object, resourceVersion } = stored;
  // It is on its way out, and made anew once it is gone.
  if (object.metadata.deleting) return [];
  // Somebody else's: planned only while it was not there yet.
  if (!Object.hasOwn(object.metadata.labels, EDGE_OF_LABEL)) return [];
  if (isUnchangeable(object, spec)) return [removal(stored, true)];
  const differences = COMPARISONS.flatMap(compare => compare(object, spec) ?? []);
  if (differences.length === 0) return [];
  const metadata = Object.assign({}, ...differences.map(difference => difference.metadata));
  const changed = Object.assign({}, ...differences.map(difference => difference.spec));
  return [
    {
      kind: 'updateEdge',
      spec,
      resourceVersion,
      patch: {
        ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
        ...(Object.keys(changed).length > 0 ? { spec: changed } : {}),
      },
      fields: differences.map(({ field }) => field),
    },
  ];
};

/**
 * Makes the stored edge Services those that are wanted (DESIGN 6). A Service without our label is never touched,
 * whatever its name.
 */
export const decideEdgeServices = (
  wanted: readonly EdgeServiceSpec[],
  { services, blindNamespaces }: Pick<Observed, 'services' | 'blindNamespaces'>,
): readonly Action[] => {
  const stored = new Map(services.map(service => [objectName(service.object.metadata), service]));
  const names = new Set(wanted.map(objectName));
  const obsolete = services.filter(
    ({ object: { metadata } }) =>
      Object.hasOwn(metadata.labels, EDGE_OF_LABEL) &&
      !names.has(objectName(metadata)) &&
      !metadata.deleting &&
      !blindNamespaces.has(metadata.namespace),
  );
  return [
    ...wanted.flatMap(spec => reconciled(stored.get(objectName(spec)), spec)),
    ...obsolete.map(service => removal(service, false)),
  ];
};
