import type { KubernetesObject, ObjectSnapshot } from './objects.ts';

/** Objects of all kinds, by kind. */
export const snapshotOf = (objects: Iterable<KubernetesObject>): ObjectSnapshot => {
  const all = [...objects];
  const of = <K extends KubernetesObject['kind']>(kind: K) =>
    all.filter((object): object is Extract<KubernetesObject, { kind: K }> => object.kind === kind);
  return {
    ingresses: of('Ingress'),
    services: of('Service'),
    pods: of('Pod'),
    endpointSlices: of('EndpointSlice'),
    namespaces: of('Namespace'),
    ingressClasses: of('IngressClass'),
    secrets: of('Secret'),
  };
};
