import type { EndpointSlice } from './endpoint-slice.ts';
import type { Ingress } from './ingress.ts';
import type { IngressClass } from './ingress-class.ts';
import type { Namespace } from './namespace.ts';
import type { Pod } from './pod.ts';
import type { Secret } from './secret.ts';
import type { Service } from './service.ts';

export type KubernetesObject = EndpointSlice | Ingress | IngressClass | Namespace | Pod | Secret | Service;

/** Everything that a plan is computed from: one consistent look at a source. */
export type ObjectSnapshot = {
  readonly ingresses: readonly Ingress[];
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly namespaces: readonly Namespace[];
  readonly ingressClasses: readonly IngressClass[];
  readonly secrets: readonly Secret[];
};
