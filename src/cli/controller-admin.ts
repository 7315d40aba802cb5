import { type AdminConfig, type AdminServer, startAdminServer } from '../admin/admin-server.ts';
import { CONTROLLER_FAMILIES, type ControllerFacts } from '../admin/controller-families.ts';
import { familyGroup, familyMetrics } from '../admin/family-metrics.ts';
import { type HealthChecks, healthPages } from '../admin/health-pages.ts';
import { metricsPage } from '../admin/metrics-page.ts';
import { WATCH_FAMILIES, type WatchFacts } from '../admin/watch-families.ts';
import type { Controller } from '../controller/controller.ts';
import type { EventRecorder } from '../kube/events/event-recorder.ts';
import type { Candidate } from '../kube/leader/leadership.ts';
import type { CertificateOwner } from './certificate-owner.ts';
import { staleness } from './watch-facts.ts';

/** A controller as its admin port knows it. */
export type AdministeredController = {
  readonly controller: Pick<Controller, 'status'>;
  readonly candidate: Pick<Candidate, 'isLeader' | 'leader'>;
  readonly events: Pick<EventRecorder, 'counts'>;
  /** Null: somebody else makes the certificates. */
  readonly certificates: Pick<CertificateOwner, 'ends'> | null;
  readonly watches: () => readonly WatchFacts[];
  readonly isStopping: () => boolean;
};

const leaderText = ({ candidate }: AdministeredController): string => {
  if (candidate.isLeader()) return 'leading';
  return candidate.leader === null ? 'nobody leads' : `${candidate.leader} leads`;
};

export const healthOf = (role: AdministeredController): HealthChecks => ({
  // An API server that is away is no reason to restart: a new process would know less.
  alive: () => null,
  ready: () => {
    if (role.isStopping()) return 'stopping';
    const missing = role.watches().filter(({ isSynced }) => !isSynced);
    return missing.length === 0
      ? null
      : `not everything is read yet: ${missing.map(({ kind }) => kind).join(', ')}`;
  },
  remark: () => [leaderText(role), staleness(role.watches())].filter(text => text !== null).join('; '),
});

const seconds = (ms: number | null | undefined): number | null =>
  ms === null || ms === undefined ? null : ms / 1000;

export const factsOf = ({
  controller,
  candidate,
  events,
  certificates,
}: Pick<AdministeredController, 'controller' | 'candidate' | 'events' | 'certificates'>): ControllerFacts => {
  const { looks, bugs, writes, contested, lastLook } = controller.status;
  const ends = certificates?.ends() ?? null;
  return {
    isLeading: candidate.isLeader(),
    looks,
    failedLooks: bugs,
    writes,
    pending: lastLook?.pending ?? {},
    notices: lastLook?.notices ?? {},
    contestedRepairs: contested,
    edgeServices: lastLook?.edgeServices ?? null,
    claims: lastLook?.claims ?? null,
    events: { ...events.counts },
    certificateEnds: { authority: seconds(ends?.authorityMs), serving: seconds(ends?.servingMs) },
  };
};

/** @throws as `startAdminServer` */
export const startControllerAdmin = (
  role: AdministeredController,
  { host, port, log }: Pick<AdminConfig, 'host' | 'port' | 'log'>,
): Promise<AdminServer> =>
  startAdminServer({
    title: 'sluice controller',
    host,
    port,
    pages: [
      ...healthPages(healthOf(role)),
      metricsPage(
        familyMetrics([
          familyGroup(CONTROLLER_FAMILIES, () => factsOf(role)),
          familyGroup(WATCH_FAMILIES, role.watches),
        ]),
      ),
    ],
    log,
  });
