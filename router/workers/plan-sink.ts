import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';

/** Whoever routes by a plan: a table in this process, or workers. */
export interface PlanSink {
  /** Takes over a change; `plan` is what it leads to. */
  apply(delta: PlanDelta, plan: RoutePlan): void;
}
