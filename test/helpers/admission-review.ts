import { isRecord } from '../../src/core/canonical-json.ts';
import { ingressOf, type Manifest } from './admission.ts';

/** The request of a review as an API server of 1.36 sends it, with what a test names laid over it. */
export const requestOf = (parts: Manifest = {}): Manifest => {
  const object = parts.object === undefined ? ingressOf() : parts.object;
  const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
  return {
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    kind: { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
    resource: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' },
    requestKind: { group: 'networking.k8s.io', version: 'v1', kind: 'Ingress' },
    requestResource: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' },
    name: metadata.name ?? '',
    namespace: metadata.namespace ?? 'shop',
    operation: 'CREATE',
    userInfo: { username: 'anna', groups: ['system:authenticated'] },
    object,
    oldObject: null,
    dryRun: false,
    options: {
      kind: 'CreateOptions',
      apiVersion: 'meta.k8s.io/v1',
      fieldManager: 'kubectl-client-side-apply',
    },
    ...parts,
  };
};

/** The body of a webhook call. */
export const reviewOf = (parts: Manifest = {}): Manifest => ({
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  request: requestOf(parts),
});

/** An update of `old` to `object`. */
export const updateOf = (object: unknown, old: unknown, parts: Manifest = {}): Manifest =>
  reviewOf({ operation: 'UPDATE', object, oldObject: old, ...parts });
