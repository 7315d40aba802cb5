import { annotationField, NGINX_PREFIX } from './annotation-names.ts';
import { type EdgeMapping, planEdgeServices } from './edge-plan.ts';
import type { EdgeServiceSpec } from './edge-service.ts';
import { withEdgeServices } from './edge-service.ts';
import type { EndpointOptions } from './endpoints.ts';
import { hostOwnership, type OwnershipOptions } from './host-ownership.ts';
import { type IngressReading, readIngress } from './ingress-reading.ts';
import { type ScopeOptions, scopeOf } from './ingress-scope.ts';
import { compareAge } from './objects/metadata.ts';
import type { ObjectSnapshot } from './objects/objects.ts';
import { type Problem, problemDetail } from './problem.ts';
import { type Report, uniqueReports } from './report.ts';
import { type Backends, routeAction, usersFor } from './route-action.ts';
import { RouteBackends } from './route-backends.ts';
import type { HostPlan, PathMatch, RouteAction, RoutePlan } from './route-plan.ts';
import { comparePathMatch, pathIdentity, readRulePath } from './rule-path.ts';
import type { ServedRule } from './served-hosts.ts';

export type TranslateOptions = ScopeOptions &
  OwnershipOptions & {
    /** Name of the service-config annotation. */
    readonly annotation: string;
    readonly endpoints: EndpointOptions;
    /** True where nobody creates edge Services for us (standalone): they are routed to as if they were stored. */
    readonly impliedEdgeServices: boolean;
  };

/** What a look at all objects comes to: the plan, and beside it whatever is wrong with single objects. */
export type Translation = {
  readonly plan: RoutePlan;
  readonly reports: readonly Report[];
  /** The edge Services that have to be there. */
  readonly edgeServices: readonly EdgeServiceSpec[];
  /** Who holds a domain, for admission. */
  holderOf(domain: string): string | undefined;
};

/** A route of one Ingress before routes of several are merged into a host. */
type Candidate = {
  readonly match: PathMatch;
  readonly action: RouteAction;
  readonly reading: IngressReading;
  /** The domain is the rule's own host, not an alias. */
  readonly own: boolean;
};

type Fallback = { readonly action: RouteAction; readonly reading: IngressReading };

type HostCandidates = { readonly routes: Candidate[]; fallback: Fallback | null };

const problemReport = (reading: IngressReading, problem: Problem): Report => ({
  reason: problem.code,
  object: {
    kind: 'Ingress',
    namespace: reading.ingress.metadata.namespace,
    name: reading.ingress.metadata.name,
  },
  message: problemDetail(problem),
});

const unservedProblem = (reading: IngressReading): readonly Problem[] =>
  reading.unserved.map(({ index, host, why }) => ({
    code: why === 'invalid' ? 'HostInvalid' : 'KeyMismatch',
    field: `spec.rules[${index}].host`,
    value: host,
    message:
      why === 'invalid'
        ? 'is no host name; this rule is not served.'
        : 'is a host key that this router did not make; this rule is not served.',
  }));

const canaryProblem = (reading: IngressReading): Report =>
  problemReport(reading, {
    code: 'CanaryIngress',
    field: 'metadata.annotations[nginx.ingress.kubernetes.io/canary]',
    value: 'true',
    message: 'this Ingress is not served; write its rule as a ticket on the Ingress of the stable Service.',
  });

/** What is wrong with the users of an Ingress, which no look at the Ingress alone shows. */
const userProblems = (reading: IngressReading, backends: Backends): readonly Problem[] => {
  const users = usersFor(reading, backends);
  if (users === null || reading.nginx.accessProblems.length > 0) return [];
  const messages = users.ok ? users.warnings : [`${users.reason}; its routes answer 503`];
  const field = annotationField(`${NGINX_PREFIX}auth-secret`);
  return messages.map(message => ({ code: 'AnnotationInvalid', field, message: `${message}.` }));
};

class HostMerge {
  readonly hosts = new Map<string, HostCandidates>();
  readonly reports: Report[] = [];
  readonly #backends: Backends;

  constructor(backends: Backends) {
    this.#backends = backends;
  }

  add(reading: IngressReading, rule: ServedRule, domains: readonly string[]): void {
    if (domains.length === 0) return;
    const routes = this.#routesOf(reading, rule);
    const fallback = this.#fallbackOf(reading, rule);
    for (const domain of domains) {
      const host = this.hosts.get(domain) ?? { routes: [], fallback: null };
      this.hosts.set(domain, host);
      for (const route of routes) host.routes.push({ ...route, own: domain === rule.ownHost });
      // Ingresses come oldest first, so the first with a default backend is the one that counts.
      host.fallback ??= fallback;
    }
  }

  #routesOf(reading: IngressReading, rule: ServedRule): readonly Omit<Candidate, 'own'>[] {
    const { ingress, nginx } = reading;
    return (ingress.rules[rule.index]?.paths ?? []).flatMap((path, j) => {
      const field = `spec.rules[${rule.index}].http.paths[${j}]`;
      const match = readRulePath(path, { useRegex: nginx.useRegex, field: `${field}.path` });
      if (!match.ok) {
        this.reports.push(...match.problems.map(problem => problemReport(reading, problem)));
        return [];
      }
      const cookiePath = match.value.kind === 'regex' ? '/' : match.value.path;
      const action = routeAction(reading, rule, {
        backend: path.backend,
        field,
        cookiePath,
        backends: this.#backends,
      });
      return [{ match: match.value, action, reading }];
    });
  }

  #fallbackOf(reading: IngressReading, rule: ServedRule): Fallback | null {
    const { defaultBackend, dialect } = reading.ingress;
    if (defaultBackend === null) return null;
    const field = dialect === 'v1' ? 'spec.defaultBackend' : 'spec.backend';
    return {
      action: routeAction(reading, rule, {
        backend: defaultBackend,
        field,
        cookiePath: '/',
        backends: this.#backends,
      }),
      reading,
    };
  }
}

const compareCandidates = (a: Candidate, b: Candidate): number =>
  comparePathMatch(a.match, b.match) ||
  Number(b.own) - Number(a.own) ||
  compareAge(a.reading.ingress.metadata, b.reading.ingress.metadata);

const hostPlan = (host: string, { routes, fallback }: HostCandidates): HostPlan => {
  const first = new Map<string, Candidate>();
  for (const candidate of routes.toSorted(compareCandidates)) {
    const identity = pathIdentity(candidate.match);
    if (!first.has(identity)) first.set(identity, candidate);
  }
  return {
    host,
    routes: [...first.values()].map(({ match, action }) => ({ match, action })),
    fallback: fallback?.action ?? null,
  };
};

const actionsOf = (hosts: readonly HostPlan[]): readonly RouteAction[] =>
  hosts.flatMap(({ routes, fallback }) => [
    ...routes.map(route => route.action),
    ...(fallback === null ? [] : [fallback]),
  ]);

const edgeMappings = (readings: readonly IngressReading[]): readonly EdgeMapping[] =>
  readings.flatMap(({ ingress, serviceMap }) =>
    [...(serviceMap ?? [])].flatMap(([stable, tracks]) =>
      [...tracks].map(([track, edge]) => ({ ingress: ingress.metadata, stable, track, edge })),
    ),
  );

/**
 * Objects -> plan (DESIGN 10): pure, and total: a bad object becomes a report beside the plan and never
 * hides another.
 */
export const translate = (snapshot: ObjectSnapshot, options: TranslateOptions): Translation => {
  const scope = scopeOf(options, snapshot.ingressClasses);
  const all = snapshot.ingresses
    .toSorted((a, b) => compareAge(a.metadata, b.metadata))
    .flatMap(ingress => readIngress(ingress, { scope, annotation: options.annotation }) ?? []);
  // A canary serves nothing and never competes, neither for hosts nor for edges (DESIGN 5).
  const readings = all.filter(reading => !reading.nginx.canary);
  const ownership = hostOwnership(readings, snapshot.namespaces, options);
  const edges = planEdgeServices({ services: snapshot.services, mappings: edgeMappings(readings) });
  // In a cluster the controller has made the edge Services; standalone has nobody to store them.
  const services = options.impliedEdgeServices
    ? withEdgeServices(snapshot.services, edges.services)
    : snapshot.services;
  const backends = new RouteBackends({ ...snapshot, services }, edges);
  const merge = new HostMerge(backends);
  for (const reading of readings) {
    for (const rule of reading.rules) {
      merge.add(
        reading,
        rule,
        rule.domains.filter(domain => ownership.serves(reading, domain)),
      );
    }
  }
  const hosts = [...merge.hosts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([host, candidates]) => hostPlan(host, candidates));
  const pools = backends.plan(actionsOf(hosts), options.endpoints);
  return {
    plan: { hosts, pools: pools.pools },
    reports: uniqueReports([
      ...all.filter(reading => reading.nginx.canary).map(canaryProblem),
      ...readings.flatMap(reading =>
        [...reading.problems, ...unservedProblem(reading), ...userProblems(reading, backends)].map(problem =>
          problemReport(reading, problem),
        ),
      ),
      ...ownership.reports,
      ...edges.reports,
      ...merge.reports,
      ...pools.reports,
    ]),
    edgeServices: edges.services,
    holderOf: ownership.holderOf,
  };
};
