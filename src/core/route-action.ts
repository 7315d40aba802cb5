import type { IngressReading } from './ingress-reading.ts';
import type { Backend } from './objects/ingress.ts';
import type { RouteAction, RouteSource } from './route-plan.ts';
import type { ServedRule } from './served-hosts.ts';
import { STABLE_TRACK } from './service-map.ts';

/** What a route leads to, as far as other objects decide it. */
export interface Backends {
  /** Which edge Services of a stable one are valid, of those that this Ingress maps it to: track -> Service. */
  tracksOf(reading: IngressReading, service: string): ReadonlyMap<string, string>;
  /** The id of the pool, which is then part of the plan. */
  stablePool(namespace: string, service: string, port: number | string): string;
  edgePool(namespace: string, edge: string, port: number | string): string;
}

/** One path of a rule, or the default backend. */
export type RoutedBackend = {
  readonly backend: Backend;
  readonly field: string;
  /** Below which the path's cookies hold. */
  readonly cookiePath: string;
  readonly backends: Backends;
};

/** Where one path (or default backend) of an Ingress leads. */
export const routeAction = (
  reading: IngressReading,
  rule: ServedRule,
  { backend, field, cookiePath, backends }: RoutedBackend,
): RouteAction => {
  const { ingress, config, nginx, paused } = reading;
  const { namespace, name } = ingress.metadata;
  const source: RouteSource = { namespace, ingress: name, field };
  const closedBy = [...nginx.unsupportedAccess, ...nginx.accessProblems];
  if (closedBy.length > 0) {
    const names = closedBy.map(problem => problem.field).join(', ');
    return {
      kind: 'refuse',
      source,
      reason: `Ingress ${namespace}/${name} asks for access control that is not enforced here (${names}), so it is not served.`,
    };
  }
  if (backend.kind === 'resource') {
    return {
      kind: 'refuse',
      source,
      reason: `The backend of Ingress ${namespace}/${name} is no Service (${backend.description}).`,
    };
  }
  // A rule that no service-config lists has no tickets, so it needs no other track either.
  const tracks = rule.listed ? backends.tracksOf(reading, backend.name) : new Map<string, string>();
  const edges = [...tracks].map(
    ([track, edge]) => [track, backends.edgePool(namespace, edge, backend.port)] as const,
  );
  const stable = [STABLE_TRACK, backends.stablePool(namespace, backend.name, backend.port)] as const;
  return {
    kind: 'forward',
    source,
    service: backend.name,
    pools: Object.fromEntries([...edges, stable].sort(([a], [b]) => (a < b ? -1 : 1))),
    tickets: rule.listed ? reading.tickets : [],
    paused,
    onEmptyEdge: config?.onEmptyEdge ?? 'stable',
    ownHost: rule.ownHost,
    rewriteTarget: nginx.rewriteTarget,
    balance: nginx.balance,
    // Each path has its own cookie, as in ingress-nginx: Services that shared one would take turns at setting it.
    affinity: nginx.affinity === null ? null : { ...nginx.affinity, path: nginx.affinity.path ?? cookiePath },
    ...(nginx.policies.length === 0 ? {} : { policies: nginx.policies }),
  };
};
