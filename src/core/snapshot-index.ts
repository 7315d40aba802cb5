import { selects } from './label-selector.ts';
import type { EndpointSlice } from './objects/endpoint-slice.ts';
import { objectName } from './objects/metadata.ts';
import type { Namespace } from './objects/namespace.ts';
import type { ObjectSnapshot } from './objects/objects.ts';
import type { Pod } from './objects/pod.ts';
import type { Service } from './objects/service.ts';

/** One snapshot, by what is looked up: built once, so that a plan costs in proportion to its objects and not to their product. */
export type SnapshotIndex = {
  /** By `namespace/name`, as all but the last two. */
  readonly services: ReadonlyMap<string, Service>;
  readonly pods: ReadonlyMap<string, Pod>;
  /** By `namespace/service`. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** By name. */
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** By namespace and one label. */
  readonly podsByLabel: ReadonlyMap<string, readonly Pod[]>;
};

const labelKey = (namespace: string, key: string, value: string): string =>
  JSON.stringify([namespace, key, value]);

const grouped = <T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
};

export const indexSnapshot = (
  snapshot: Pick<ObjectSnapshot, 'services' | 'pods' | 'endpointSlices' | 'namespaces'>,
): SnapshotIndex => ({
  services: new Map(snapshot.services.map(service => [objectName(service.metadata), service])),
  pods: new Map(snapshot.pods.map(pod => [objectName(pod.metadata), pod])),
  slices: grouped(snapshot.endpointSlices, ({ service, metadata }) =>
    service === null ? [] : [objectName({ namespace: metadata.namespace, name: service })],
  ),
  namespaces: new Map(snapshot.namespaces.map(namespace => [namespace.metadata.name, namespace])),
  podsByLabel: grouped(snapshot.pods, ({ metadata }) =>
    Object.entries(metadata.labels).map(([key, value]) => labelKey(metadata.namespace, key, value)),
  ),
});

const NO_PODS: readonly Pod[] = [];

/** The Pods that a Service selects, those that have finished left out. */
export const selectedPods = (index: SnapshotIndex, { metadata, selector }: Service): readonly Pod[] => {
  const pairs = Object.entries(selector ?? {});
  if (selector === null || pairs.length === 0) return NO_PODS;
  const candidates = pairs
    .map(([key, value]) => index.podsByLabel.get(labelKey(metadata.namespace, key, value)) ?? NO_PODS)
    // The rarest label: `app=shop` on every pod of a namespace must not cost a scan for each Service.
    .reduce((rarest, pods) => (pods.length < rarest.length ? pods : rarest));
  return candidates.filter(pod => !pod.finished && selects(selector, pod.metadata.labels));
};
