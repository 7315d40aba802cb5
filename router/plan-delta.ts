import { canonicalJson } from '../src/core/canonical-json.ts';
import type { HostPlan, PoolPlan, RoutePlan } from '../src/core/route-plan.ts';

/** What changed between two plans, by host and by pool: all that a worker has to hear of (DESIGN 11). */
export type PlanDelta = {
  readonly hosts: { readonly set: readonly HostPlan[]; readonly removed: readonly string[] };
  readonly pools: { readonly set: readonly PoolPlan[]; readonly removed: readonly string[] };
};

export const EMPTY_PLAN: RoutePlan = { hosts: [], pools: [] };

const changes = <T>(before: readonly T[], after: readonly T[], nameOf: (item: T) => string) => {
  const known = new Map(before.map(item => [nameOf(item), item]));
  const set = after.filter(item => {
    const name = nameOf(item);
    const old = known.get(name);
    known.delete(name);
    return old === undefined || (old !== item && canonicalJson(old) !== canonicalJson(item));
  });
  return { set, removed: [...known.keys()] };
};

/** The smallest delta that leads from one plan to the next. */
export const planDelta = (before: RoutePlan, after: RoutePlan): PlanDelta => ({
  hosts: changes(before.hosts, after.hosts, plan => plan.host),
  pools: changes(before.pools, after.pools, plan => plan.id),
});

export const isEmptyDelta = ({ hosts, pools }: PlanDelta): boolean =>
  hosts.set.length + hosts.removed.length + pools.set.length + pools.removed.length === 0;

/** Hosts or pools in one message: a table of 100,000 hosts in one piece would hold a worker up for seconds. */
const BATCH_SIZE = 1_000;

const batches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH_SIZE) }, (_, i) =>
    items.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE),
  );

/** A whole plan as deltas that follow one another, pools before the hosts that lead to them. */
export const planBatches = ({ hosts, pools }: RoutePlan): readonly PlanDelta[] => {
  const none = { set: [], removed: [] };
  return [
    ...batches(pools).map(set => ({ hosts: none, pools: { set, removed: [] } })),
    ...batches(hosts).map(set => ({ hosts: { set, removed: [] }, pools: none })),
  ];
};
