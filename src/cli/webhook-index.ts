import type { AdmissionOptions } from '../admission/admission-options.ts';
import { ClusterIndex } from '../admission/cluster-index.ts';
import { CLAIMS_LABEL, CLAIMS_LABEL_VALUE } from '../core/claim-records.ts';
import { EDGE_OF_LABEL } from '../core/edge-service.ts';
import type { ConfigMap } from '../core/objects/config-map.ts';
import type { EndpointSlice } from '../core/objects/endpoint-slice.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import type { Namespace } from '../core/objects/namespace.ts';
import type { Service } from '../core/objects/service.ts';
import { CONFIG_MAP, ENDPOINT_SLICE, INGRESS, INGRESS_CLASS, NAMESPACE, SERVICE } from '../kube/kinds.ts';
import type { KindsOf } from '../kube/store/create-stores.ts';
import { type WatchedKinds, type WatchOptions, watchKinds } from '../kube/watch-kinds.ts';

/** What reviews are judged by. No Pods and no other Service's slices: at scale they are most of a cluster. */
export type WebhookKinds = {
  readonly ingresses: Ingress;
  readonly ingressClasses: IngressClass;
  readonly services: Service;
  readonly namespaces: Namespace;
  readonly edgeSlices: EndpointSlice;
  readonly claimMaps: ConfigMap;
};

const WEBHOOK_KINDS: KindsOf<WebhookKinds> = {
  ingresses: INGRESS,
  ingressClasses: INGRESS_CLASS,
  services: SERVICE,
  namespaces: NAMESPACE,
  edgeSlices: ENDPOINT_SLICE,
  claimMaps: CONFIG_MAP,
};

export type FollowedIndex = {
  readonly index: ClusterIndex;
  readonly watched: WatchedKinds<WebhookKinds>;
};

/** An index that follows a cluster once `watched` is started. */
export const followCluster = (
  options: AdmissionOptions,
  namespace: string,
  watch: Omit<WatchOptions<WebhookKinds>, 'selections'>,
): FollowedIndex => {
  const index = new ClusterIndex(options);
  const watched = watchKinds<WebhookKinds>(WEBHOOK_KINDS, {
    ...watch,
    selections: {
      // EndpointSlices carry the labels of their Service.
      edgeSlices: { labelSelector: EDGE_OF_LABEL },
      claimMaps: { namespace, labelSelector: `${CLAIMS_LABEL}=${CLAIMS_LABEL_VALUE}` },
    },
  });
  // Names of kinds are the index's own, and a batch names all of them.
  watched.subscribe(batch => index.apply(batch));
  return { index, watched };
};
