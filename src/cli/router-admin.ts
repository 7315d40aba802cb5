import type { Workers } from '../../router/workers/workers.ts';
import { type AdminServer, startAdminServer } from '../admin/admin-server.ts';
import { familyGroup, familyMetrics } from '../admin/family-metrics.ts';
import { type HealthChecks, healthPages } from '../admin/health-pages.ts';
import { type MetricsSource, metricsPage } from '../admin/metrics-page.ts';
import type { RouterFacts } from '../admin/router-facts.ts';
import { ROUTER_FAMILIES } from '../admin/router-families.ts';
import { WATCH_FAMILIES, type WatchFacts } from '../admin/watch-families.ts';
import type { RoutePlan } from '../core/route-plan.ts';
import { staleness } from './watch-facts.ts';

/** A router as its admin port knows it. */
export type AdministeredRouter = {
  readonly workers: Pick<Workers, 'status' | 'report'>;
  /** Undefined: there is none yet. */
  readonly plan: () => RoutePlan | undefined;
  /** True from the first moment of a graceful stop. */
  readonly isStopping: () => boolean;
  /** What it follows in a cluster; undefined: it follows files. */
  readonly watches?: () => readonly WatchFacts[];
  /** What it follows where somebody lets it; that it may not is no news of the API server. */
  readonly secrets?: () => readonly WatchFacts[];
};

/** What is known is served for ever (DESIGN 7), so that a router with an old state is ready, and says so. */
const servesOldState = (watches: readonly WatchFacts[]): string | null => {
  const stale = staleness(watches);
  return stale === null ? null : `${stale}; what was known last is served`;
};

export const healthOf = ({ workers, plan, isStopping, watches }: AdministeredRouter): HealthChecks => ({
  // What still runs of a router that stops is no reason to end it sooner, nor is a cluster that cannot be read yet:
  // a new process would wait for it as well, and a kubelet makes its restarts rarer and rarer.
  alive: () =>
    workers.status.serving > 0 || isStopping() || plan() === undefined ? null : 'no worker takes connections',
  ready: () => {
    if (isStopping()) return 'stopping';
    if (plan() === undefined) return 'there is no route plan yet';
    // A worker takes connections only once it has the whole plan.
    return workers.status.serving > 0 ? null : 'no worker takes connections';
  },
  ...(watches === undefined ? {} : { remark: () => servesOldState(watches()) }),
});

export const factsOf = ({ workers, plan }: AdministeredRouter): RouterFacts => {
  const { wanted, serving, crashes, planVersion, appliedVersion, planAgeMs, unavailablePorts } =
    workers.status;
  const { counters, open, cpuSeconds, residentBytes } = workers.report();
  const { hosts = [], pools = [] } = plan() ?? {};
  return {
    counts: counters.values,
    answersByTrack: counters.byTrack,
    openConnections: open,
    tcp: counters.tcp,
    unavailablePorts,
    workers: { wanted, serving, crashes, cpuSeconds, residentBytes },
    plan: {
      generation: planVersion,
      appliedGeneration: appliedVersion,
      ageSeconds: planAgeMs === null ? null : planAgeMs / 1000,
      hosts: hosts.length,
      pools: pools.length,
    },
  };
};

export type RouterAdminConfig = {
  /** Which command it is. */
  readonly title: string;
  readonly host: string;
  readonly port: number;
  readonly metricsFrom?: 'any' | 'loopback';
  readonly log: (message: string, error: unknown) => void;
};

/** The metrics of a router, of what it follows, and of its primary process. */
export const routerMetrics = (router: AdministeredRouter): MetricsSource => {
  const { watches, secrets = () => [] } = router;
  return familyMetrics([
    familyGroup(ROUTER_FAMILIES, () => factsOf(router)),
    ...(watches === undefined ? [] : [familyGroup(WATCH_FAMILIES, () => [...watches(), ...secrets()])]),
  ]);
};

/** @throws as `startAdminServer` */
export const startRouterAdmin = (
  router: AdministeredRouter,
  config: RouterAdminConfig,
): Promise<AdminServer> =>
  startAdminServer({
    ...config,
    pages: [...healthPages(healthOf(router)), metricsPage(routerMetrics(router))],
  });
