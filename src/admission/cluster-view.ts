import type { IngressClass } from '../core/objects/ingress-class.ts';
import type { Namespace } from '../core/objects/namespace.ts';
import type { Secret } from '../core/objects/secret.ts';
import type { Service } from '../core/objects/service.ts';

/** One route of a namespace: its domain, path and path type. */
export type RouteName = {
  readonly namespace: string;
  readonly domain: string;
  readonly path: string;
  readonly pathType: string;
};

/** One entry of a serviceMap in its namespace. */
export type EdgeName = {
  readonly namespace: string;
  readonly stable: string;
  readonly track: string;
  readonly edge: string;
};

export type ServiceName = { readonly namespace: string; readonly name: string };

/**
 * What validation may ask about other objects. Every answer comes from an index, so the cost of a review
 * depends on the one object, never on how many there are (DESIGN 5, "Cost").
 */
export interface ClusterView {
  /** What is still to be read before this view is whole, in the plural: `Services`. */
  readonly missing: readonly string[];
  /** Null: not known here; then an Ingress of another class than the configured ones is left alone. */
  readonly ingressClasses: readonly IngressClass[] | null;
  /** Undefined: not known; then its annotations restrict nothing. */
  namespace(name: string): Namespace | undefined;
  /** Undefined: no such Service; null: Services are not known here. */
  service(namespace: string, name: string): Service | undefined | null;
  /** Undefined: no such Secret; null: it is not known here, or none of our business. */
  secret(namespace: string, name: string): Secret | undefined | null;
  /** The namespace that has claimed a domain, or a TCP port (`portClaim`). */
  claimHolder(name: string): string | undefined;
  /** The Services that ask for a TCP port, oldest first. */
  portClaimants(port: number): readonly ServiceName[];
  /** Name of the Ingress that serves a route already, but for the one named. */
  routeHolder(route: RouteName, except: string): string | undefined;
  /** Ready endpoints of an edge Service, or of what it would select once it is made; null: not known here. */
  readyEdgeEndpoints(edge: EdgeName): number | null;
}

/** Nothing is known but the object itself, as for `sluice admit -f` on a lone file. */
export const LONE_VIEW: ClusterView = {
  missing: [],
  ingressClasses: [],
  namespace: () => undefined,
  service: () => null,
  secret: () => null,
  claimHolder: () => undefined,
  portClaimants: () => [],
  routeHolder: () => undefined,
  readyEdgeEndpoints: () => null,
};
