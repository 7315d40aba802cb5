import type { HostPlan, PoolPlan } from './route-plan.ts';

/** What changed between two plans, by host and by pool: all that a worker has to hear of (DESIGN 11). Lists are sorted by name. */
export type PlanDelta = {
  readonly hosts: { readonly set: readonly HostPlan[]; readonly removed: readonly string[] };
  readonly pools: { readonly set: readonly PoolPlan[]; readonly removed: readonly string[] };
};

export const isEmptyDelta = ({ hosts, pools }: PlanDelta): boolean =>
  hosts.set.length + hosts.removed.length + pools.set.length + pools.removed.length === 0;
