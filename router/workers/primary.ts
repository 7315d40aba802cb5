import type { RoutePlan } from '../../src/core/route-plan.ts';
import { type TranslateOptions, type Translation, translate } from '../../src/core/translate.ts';
import { EMPTY_PLAN, isEmptyDelta, planDelta } from '../routing/plan-delta.ts';
import type { Source } from '../source.ts';
import type { PlanSink } from './plan-sink.ts';

/** Leads objects to whoever routes by them: translates each new snapshot and hands over what changed (DESIGN 10 and 11). */
export class Primary {
  readonly #options: TranslateOptions;
  readonly #sink: PlanSink;
  #plan: RoutePlan = EMPTY_PLAN;

  constructor(options: TranslateOptions, sink: PlanSink) {
    this.#options = options;
    this.#sink = sink;
  }

  get plan(): RoutePlan {
    return this.#plan;
  }

  /** Takes over the source's present state; connections go on, and the next request is decided by it. */
  update({ snapshot, claims }: Source): Translation {
    const translation = translate(snapshot, { ...this.#options, recordedClaims: claims });
    const delta = planDelta(this.#plan, translation.plan);
    if (!isEmptyDelta(delta)) this.#sink.apply(delta, translation.plan);
    this.#plan = translation.plan;
    return translation;
  }
}
