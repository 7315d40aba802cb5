import type { RoutePlan } from '../src/core/route-plan.ts';
import { type TranslateOptions, type Translation, translate } from '../src/core/translate.ts';
import { EMPTY_PLAN, isEmptyDelta, planDelta } from './plan-delta.ts';
import type { Source } from './source.ts';
import { RouteTable } from './table.ts';

/** Leads objects to the table: translates each new snapshot and hands over what changed (DESIGN 10 and 11). */
export class Primary {
  /** The table that requests are routed by. */
  readonly table = new RouteTable();
  readonly #options: TranslateOptions;
  #plan: RoutePlan = EMPTY_PLAN;

  constructor(options: TranslateOptions) {
    this.#options = options;
  }

  get plan(): RoutePlan {
    return this.#plan;
  }

  /** Takes over the source's present state; connections go on, and the next request is decided by it. */
  update({ snapshot, claims }: Source): Translation {
    const translation = translate(snapshot, { ...this.#options, recordedClaims: claims });
    const delta = planDelta(this.#plan, translation.plan);
    if (!isEmptyDelta(delta)) this.table.apply(delta);
    this.#plan = translation.plan;
    return translation;
  }
}
