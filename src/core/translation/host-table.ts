import { sameJson } from '../canonical-json.ts';
import type { HostOwnership } from '../host-ownership.ts';
import { MultiMap } from '../multi-map.ts';
import { compareAge } from '../objects/metadata.ts';
import type { PoolRequest } from '../pool.ts';
import type { Report } from '../report.ts';
import type { HostPlan, RouteAction, RoutePlanEntry } from '../route-plan.ts';
import { comparePathMatch, pathIdentity } from '../rule-path.ts';
import { SortedParts } from '../sorted-parts.ts';
import type { ReportBook } from './report-book.ts';
import type { RuleRoutes } from './rule-routes.ts';

/** A host whose plan is another than before. */
export type HostChange = {
  readonly host: string;
  readonly before: HostPlan | undefined;
  readonly after: HostPlan | undefined;
  /** Among them every pool that `after` leads to. */
  readonly pools: readonly PoolRequest[];
};

/** Oldest first; rules of one Ingress in their order. */
const compareRules = (a: RuleRoutes, b: RuleRoutes): number =>
  compareAge(a.reading.ingress.metadata, b.reading.ingress.metadata) || a.rule.index - b.rule.index;

type Candidate = { readonly route: RoutePlanEntry; readonly own: boolean; readonly rule: RuleRoutes };

const compareCandidates = (a: Candidate, b: Candidate): number =>
  comparePathMatch(a.route.match, b.route.match) ||
  // A rule's own host beats an alias.
  Number(b.own) - Number(a.own) ||
  compareAge(a.rule.reading.ingress.metadata, b.rule.reading.ingress.metadata);

/** The routes of a host from all rules that serve it, oldest first. */
const hostPlan = (host: string, rules: readonly RuleRoutes[]): HostPlan => {
  const candidates = rules.flatMap(rule =>
    rule.routes.map(route => ({ route, own: host === rule.rule.ownHost, rule })),
  );
  const first = new Map<string, RoutePlanEntry>();
  for (const { route } of candidates.sort(compareCandidates)) {
    const identity = pathIdentity(route.match);
    if (!first.has(identity)) first.set(identity, route);
  }
  // Of several Ingresses with a default backend the oldest counts.
  const fallback = rules.find(rule => rule.fallback !== null)?.fallback ?? null;
  return { host, routes: [...first.values()], fallback };
};

/** Every action of a host. */
export const actionsOf = ({ routes, fallback }: HostPlan): readonly RouteAction[] => [
  ...routes.map(({ action }) => action),
  ...(fallback === null ? [] : [fallback]),
];

/** Rules by the domains that they name, and what each domain comes to. */
export class HostTable {
  readonly #ownership: HostOwnership;
  readonly #reports: ReportBook;
  readonly #rules = new MultiMap<RuleRoutes>();
  readonly #plans = new SortedParts<HostPlan>();
  readonly #touched = new Set<string>();

  constructor(ownership: HostOwnership, reports: ReportBook) {
    this.#ownership = ownership;
    this.#reports = reports;
  }

  /** Sorted by host. */
  get plans(): readonly HostPlan[] {
    return this.#plans.list;
  }

  add(rule: RuleRoutes): void {
    for (const domain of rule.rule.domains) {
      this.#rules.add(domain, rule);
      this.#touched.add(domain);
    }
  }

  remove(rule: RuleRoutes): void {
    for (const domain of rule.rule.domains) {
      this.#rules.delete(domain, rule);
      this.#touched.add(domain);
    }
  }

  /** Who may serve a domain may have changed. */
  touch(domain: string): void {
    this.#touched.add(domain);
  }

  holderOf(domain: string): string | undefined {
    return this.#ownership.holderOf(domain, this.#rules.get(domain));
  }

  /** Looks anew at each touched domain; what comes to the same as before is no change. Sorted by host. */
  update(): readonly HostChange[] {
    const domains = [...this.#touched].sort();
    this.#touched.clear();
    return domains.flatMap(host => {
      const { served, reports } = this.#settle(host);
      this.#reports.set(`host ${host}`, reports);
      const before = this.#plans.get(host);
      const after = served.length === 0 ? undefined : hostPlan(host, served);
      if (after === before || (after !== undefined && before !== undefined && sameJson(after, before)))
        return [];
      if (after === undefined) this.#plans.delete(host);
      else this.#plans.set(host, after);
      return [{ host, before, after, pools: served.flatMap(({ pools }) => pools) }];
    });
  }

  #settle(host: string): { readonly served: readonly RuleRoutes[]; readonly reports: readonly Report[] } {
    const rules = this.#rules.get(host).toSorted(compareRules);
    const { served, reports } = this.#ownership.settle(host, rules);
    return { served, reports: [...reports, ...served.flatMap(rule => rule.reports)] };
  }
}
