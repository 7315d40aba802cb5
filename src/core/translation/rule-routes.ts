import { isAcmeSolver } from '../acme-solver.ts';
import type { EdgeTrack } from '../edge-plan.ts';
import { resolveTracks } from '../edge-plan.ts';
import type { IngressReading } from '../ingress-reading.ts';
import type { KnownSecrets } from '../known-secrets.ts';
import { objectName } from '../objects/metadata.ts';
import type { Secret } from '../objects/secret.ts';
import { type PoolRequest, poolRequest } from '../pool.ts';
import type { Report } from '../report.ts';
import { type Backends, routeAction } from '../route-action.ts';
import type { RouteAction, RoutePlanEntry } from '../route-plan.ts';
import { readRulePath } from '../rule-path.ts';
import type { ServedRule } from '../served-hosts.ts';
import { problemReport } from './ingress-reports.ts';

/** What one rule of an Ingress brings to each of its domains. */
export type RuleRoutes = {
  readonly reading: IngressReading;
  readonly rule: ServedRule;
  readonly routes: readonly RoutePlanEntry[];
  /** Where the Ingress' default backend leads; null where it has none. */
  readonly fallback: RouteAction | null;
  /** Who comes in clear is sent to HTTPS, on hosts that have a certificate. */
  readonly leadsToHttps: boolean;
  /** Every pool that a route or the fallback leads to. */
  readonly pools: readonly PoolRequest[];
  /** Paths that cannot be served; told where the rule serves a domain at all. */
  readonly reports: readonly Report[];
};

/** What routes hang on besides their own Ingress. */
export interface RouteWorld {
  /** The valid edges of a stable Service, by `namespace/name`. */
  edgesOf(stable: string): readonly EdgeTrack[];
  /** Undefined: there is no such Secret. */
  secret(namespace: string, name: string): Secret | undefined;
  readonly knownSecrets: KnownSecrets;
  /** One request for one pool, whoever asks: a hundred thousand routes may lead to the same. */
  shared(request: PoolRequest): PoolRequest;
}

/** Answers what a route asks, and takes note of the pools that it is led to. */
class NotingBackends implements Backends {
  readonly #world: RouteWorld;
  readonly #pools = new Set<PoolRequest>();

  constructor(world: RouteWorld) {
    this.#world = world;
  }

  get knownSecrets(): KnownSecrets {
    return this.#world.knownSecrets;
  }

  get pools(): readonly PoolRequest[] {
    return [...this.#pools];
  }

  tracksOf({ ingress, config }: IngressReading, service: string): ReadonlyMap<string, string> {
    const wanted = config?.serviceMap?.get(service);
    if (wanted === undefined) return new Map();
    const stable = objectName({ namespace: ingress.metadata.namespace, name: service });
    return resolveTracks(this.#world.edgesOf(stable), wanted);
  }

  stablePool(namespace: string, service: string, port: number | string): string {
    return this.#note(poolRequest({ namespace, service, port, role: 'stable' }));
  }

  edgePool(namespace: string, edge: string, port: number | string): string {
    return this.#note(poolRequest({ namespace, service: edge, port, role: 'edge' }));
  }

  secret(namespace: string, name: string): Secret | undefined {
    return this.#world.secret(namespace, name);
  }

  #note(request: PoolRequest): string {
    const shared = this.#world.shared(request);
    this.#pools.add(shared);
    return shared.id;
  }
}

type Routes = { readonly routes: readonly RoutePlanEntry[]; readonly reports: readonly Report[] };

const routesOf = (reading: IngressReading, rule: ServedRule, backends: Backends): Routes => {
  const { ingress, nginx } = reading;
  const routes: RoutePlanEntry[] = [];
  const reports: Report[] = [];
  (ingress.rules[rule.index]?.paths ?? []).forEach((path, j) => {
    const field = `spec.rules[${rule.index}].http.paths[${j}]`;
    const match = readRulePath(path, { useRegex: nginx.useRegex, field: `${field}.path` });
    if (!match.ok) {
      reports.push(...match.problems.map(problem => problemReport(reading, problem)));
      return;
    }
    const cookiePath = match.value.kind === 'regex' ? '/' : match.value.path;
    const action = routeAction(reading, rule, { backend: path.backend, field, cookiePath, backends });
    routes.push({ match: match.value, action });
  });
  return { routes, reports };
};

const fallbackOf = (reading: IngressReading, rule: ServedRule, backends: Backends): RouteAction | null => {
  const { defaultBackend, dialect } = reading.ingress;
  if (defaultBackend === null) return null;
  const field = dialect === 'v1' ? 'spec.defaultBackend' : 'spec.backend';
  return routeAction(reading, rule, { backend: defaultBackend, field, cookiePath: '/', backends });
};

/** What the rules of an Ingress bring, in their order. */
export const ruleRoutes = (reading: IngressReading, world: RouteWorld): readonly RuleRoutes[] => {
  // Whoever checks a challenge asks in clear, and for a certificate that is not there yet.
  const leadsToHttps = reading.nginx.sslRedirect && !isAcmeSolver(reading.ingress);
  return reading.rules.map(rule => {
    const backends = new NotingBackends(world);
    return {
      reading,
      rule,
      ...routesOf(reading, rule, backends),
      fallback: fallbackOf(reading, rule, backends),
      leadsToHttps,
      pools: backends.pools,
    };
  });
};
