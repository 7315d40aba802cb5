import { sameJson } from '../canonical-json.ts';
import type { HostCertificate } from '../certificates/host-certificate.ts';
import { wildcardOver } from '../certificates/tls-entry.ts';
import type { HostOwnership } from '../host-ownership.ts';
import { MultiMap } from '../multi-map.ts';
import { compareAge } from '../objects/metadata.ts';
import type { PoolRequest } from '../pool.ts';
import type { Report } from '../report.ts';
import type { HostPlan, RouteAction, RoutePlanEntry } from '../route-plan.ts';
import { comparePathMatch, pathIdentity } from '../rule-path.ts';
import { SortedParts } from '../sorted-parts.ts';
import type { CertificateTable } from './certificate-table.ts';
import { HttpsRoutes } from './https-routes.ts';
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

/** What serves a host, oldest first, and what its clients are shown. */
type ServedHost = {
  readonly host: string;
  readonly rules: readonly RuleRoutes[];
  readonly certificate: HostCertificate;
  readonly https: HttpsRoutes;
};

/** The routes of a host from all rules that serve it. */
const hostPlan = ({ host, rules, certificate: { id, isServed }, https }: ServedHost): HostPlan => {
  const candidates = rules.flatMap(rule =>
    rule.routes.map(route => ({ route, own: host === rule.rule.ownHost, rule })),
  );
  const first = new Map<string, RoutePlanEntry>();
  // The certificate is the host's, so the redirect is, whichever of its Ingresses named the certificate (ADR 0025).
  const leadsToHttps = (rule: RuleRoutes): boolean => isServed && rule.leadsToHttps;
  for (const { route, rule } of candidates.sort(compareCandidates)) {
    const identity = pathIdentity(route.match);
    if (!first.has(identity)) first.set(identity, leadsToHttps(rule) ? https.route(route) : route);
  }
  // Of several Ingresses with a default backend the oldest counts.
  const last = rules.find(rule => rule.fallback !== null);
  const fallback = last?.fallback ?? null;
  return {
    host,
    routes: [...first.values()],
    fallback:
      fallback !== null && last !== undefined && leadsToHttps(last) ? https.action(fallback) : fallback,
    ...(id === null ? {} : { certificate: id }),
  };
};

/** Every action of a host. */
export const actionsOf = ({ routes, fallback }: HostPlan): readonly RouteAction[] => [
  ...routes.map(({ action }) => action),
  ...(fallback === null ? [] : [fallback]),
];

type HostWorld = {
  readonly ownership: HostOwnership;
  readonly certificates: CertificateTable;
  readonly reports: ReportBook;
};

/** Rules by the domains that they name, and what each domain comes to. */
export class HostTable {
  readonly #ownership: HostOwnership;
  readonly #certificates: CertificateTable;
  readonly #reports: ReportBook;
  readonly #https = new HttpsRoutes();
  readonly #rules = new MultiMap<RuleRoutes>();
  readonly #plans = new SortedParts<HostPlan>();
  readonly #touched = new Set<string>();
  /** Wildcards below which any domain may have changed. */
  readonly #touchedBelow = new Set<string>();

  constructor({ ownership, certificates, reports }: HostWorld) {
    this.#ownership = ownership;
    this.#certificates = certificates;
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

  /** The certificate of a domain may have changed; of a wildcard, also those of the domains that it covers. */
  touchCovered(domain: string): void {
    this.#touched.add(domain);
    if (domain.startsWith('*.')) this.#touchedBelow.add(domain);
  }

  holderOf(domain: string): string | undefined {
    return this.#ownership.holderOf(domain, this.#rules.get(domain));
  }

  /** Looks anew at each touched domain; what comes to the same as before is no change. Sorted by host. */
  update(): readonly HostChange[] {
    this.#touchBelow();
    const domains = [...this.#touched].sort();
    this.#touched.clear();
    return domains.flatMap(host => {
      const { rules, certificate, reports } = this.#settle(host);
      this.#reports.set(`host ${host}`, reports);
      const before = this.#plans.get(host);
      const after =
        rules.length === 0 ? undefined : hostPlan({ host, rules, certificate, https: this.#https });
      if (after === before || (after !== undefined && before !== undefined && sameJson(after, before)))
        return [];
      if (after === undefined) this.#plans.delete(host);
      else this.#plans.set(host, after);
      return [{ host, before, after, pools: rules.flatMap(({ pools }) => pools) }];
    });
  }

  #settle(host: string): Pick<ServedHost, 'rules' | 'certificate'> & { readonly reports: readonly Report[] } {
    const rules = this.#rules.get(host).toSorted(compareRules);
    const { served, reports } = this.#ownership.settle(host, rules);
    const holder = served.length === 0 ? undefined : this.#ownership.holderOf(host, rules);
    const certificate = this.#certificates.choose(host, holder);
    return {
      rules: served,
      certificate,
      reports: [...reports, ...served.flatMap(rule => rule.reports), ...certificate.reports],
    };
  }

  /** Looks at all domains, once for all wildcards that came or went at the same time, which is rare. */
  #touchBelow(): void {
    if (this.#touchedBelow.size === 0) return;
    for (const domain of this.#rules.keys()) {
      const wildcard = wildcardOver(domain);
      if (wildcard !== null && this.#touchedBelow.has(wildcard)) this.#touched.add(domain);
    }
    this.#touchedBelow.clear();
  }
}
