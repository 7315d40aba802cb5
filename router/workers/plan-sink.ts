import type { RoutePlan } from '../../src/core/route-plan.ts';
import type { PlanDelta } from '../routing/plan-delta.ts';

/** Whoever routes by a plan: a table in this process, or workers. */
export interface PlanSink {
  /** Takes over a change; `plan` is what it leads to. */
  apply(delta: PlanDelta, plan: RoutePlan): void;
}
