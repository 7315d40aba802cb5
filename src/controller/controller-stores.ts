import { CLAIMS_LABEL, CLAIMS_LABEL_VALUE } from '../core/claim-records.ts';
import type { ConfigMap } from '../core/objects/config-map.ts';
import type { EndpointSlice } from '../core/objects/endpoint-slice.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import type { Namespace } from '../core/objects/namespace.ts';
import type { Named, Versioned } from '../kube/kind.ts';
import { CONFIG_MAP, ENDPOINT_SLICE, INGRESS_CLASS, NAMESPACE } from '../kube/kinds.ts';
import type { ObjectStore, StoreSet } from '../kube/store/object-store.ts';
import type { Observed } from './decide/observed.ts';
import { STORED_INGRESS, STORED_SERVICE, type StoredIngress, type StoredService } from './stored-kinds.ts';

/** What a controller watches. */
export type ControllerKinds = {
  readonly ingresses: StoredIngress;
  readonly services: StoredService;
  readonly endpointSlices: EndpointSlice;
  readonly namespaces: Namespace;
  readonly ingressClasses: IngressClass;
  readonly claimMaps: ConfigMap;
};

export const CONTROLLER_KINDS = {
  ingresses: STORED_INGRESS,
  services: STORED_SERVICE,
  endpointSlices: ENDPOINT_SLICE,
  namespaces: NAMESPACE,
  ingressClasses: INGRESS_CLASS,
  claimMaps: CONFIG_MAP,
} as const;

/** The ConfigMaps of claims in our own namespace; all objects of every other kind. */
export const controllerSelections = (ownNamespace: string) => ({
  claimMaps: { namespace: ownNamespace, labelSelector: `${CLAIMS_LABEL}=${CLAIMS_LABEL_VALUE}` },
});

const versionedIn = <T extends Named>(store: ObjectStore<T>): readonly Versioned<T>[] =>
  [...store.values()].flatMap(({ metadata }) => store.versioned(metadata) ?? []);

/** One look at the stores, beside what is known otherwise; null before they hold everything. */
export const observe = (
  { synced, stores }: StoreSet<ControllerKinds>,
  known: Pick<Observed, 'missingGrants' | 'secrets' | 'absentSecrets' | 'nowMs'>,
): Observed | null =>
  synced
    ? {
        ingresses: versionedIn(stores.ingresses),
        services: versionedIn(stores.services),
        endpointSlices: [...stores.endpointSlices.values()],
        namespaces: [...stores.namespaces.values()],
        ingressClasses: [...stores.ingressClasses.values()],
        claimMaps: versionedIn(stores.claimMaps),
        blindNamespaces: blindNamespaces(stores.ingresses, stores.services),
        ...known,
      }
    : null;

const blindNamespaces = (...stores: readonly Pick<ObjectStore<Named>, 'unreadable'>[]): ReadonlySet<string> =>
  new Set(
    stores
      .flatMap(({ unreadable }) => unreadable)
      .filter(({ keepsLastGood }) => !keepsLastGood)
      .map(({ namespace }) => namespace),
  );
