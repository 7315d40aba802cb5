import type { CertificatePlan, HostPlan, PoolPlan, TcpPlan } from './route-plan.ts';

/** What became of the parts of one kind; both lists are sorted by name. */
export type PartsDelta<T> = { readonly set: readonly T[]; readonly removed: readonly string[] };

/** What changed between two plans, by host, pool and certificate: all that a worker has to hear of (DESIGN 11). */
export type PlanDelta = {
  readonly hosts: PartsDelta<HostPlan>;
  readonly pools: PartsDelta<PoolPlan>;
  readonly certificates: PartsDelta<CertificatePlan>;
  /** All of them, since they are few; null: as they were. */
  readonly tcp: readonly TcpPlan[] | null;
};

const NOTHING = { set: [], removed: [] };

export const EMPTY_DELTA: PlanDelta = { hosts: NOTHING, pools: NOTHING, certificates: NOTHING, tcp: null };

const isEmpty = ({ set, removed }: PartsDelta<unknown>): boolean => set.length + removed.length === 0;

export const isEmptyDelta = ({ hosts, pools, certificates, tcp }: PlanDelta): boolean =>
  isEmpty(hosts) && isEmpty(pools) && isEmpty(certificates) && tcp === null;
