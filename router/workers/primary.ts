import { wholeSnapshot } from '../../src/core/object-changes.ts';
import { isEmptyDelta, type PlanDelta } from '../../src/core/plan-delta.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import type { Translation, TranslatorOptions } from '../../src/core/translation/translation.ts';
import { Translator } from '../../src/core/translation/translator.ts';
import { EMPTY_PLAN, planDelta } from '../routing/plan-delta.ts';
import type { Source } from '../source.ts';
import type { PlanSink } from './plan-sink.ts';

/** Leads objects to whoever routes by them: translates what changed and hands over what that changes (DESIGN 10 and 11). */
export class Primary {
  readonly #options: TranslatorOptions;
  readonly #sink: PlanSink;
  /** Null after a bug: nobody knows how much of its change the translator had taken over. */
  #translator: Translator | null;
  #plan: RoutePlan = EMPTY_PLAN;

  constructor(options: TranslatorOptions, sink: PlanSink) {
    this.#options = options;
    this.#sink = sink;
    this.#translator = new Translator(options);
  }

  get plan(): RoutePlan {
    return this.#plan;
  }

  /** Routes by a plan that was kept from an earlier run until the source is there: the next update starts over from it. */
  restore(plan: RoutePlan): void {
    const delta = planDelta(this.#plan, plan);
    this.#plan = plan;
    this.#translator = null;
    if (!isEmptyDelta(delta)) this.#sink.apply(delta, plan);
  }

  /** Takes over what changed at the source; connections go on, and the next request is decided by it. */
  update(source: Source): Translation {
    const translator = this.#translator;
    this.#translator = null;
    const { delta, translation } =
      translator === null
        ? this.#startOver(source)
        : { delta: translator.apply(source.takeChanges()), translation: translator };
    this.#plan = translation.plan;
    if (!isEmptyDelta(delta)) this.#sink.apply(delta, this.#plan);
    this.#translator = translation;
    return translation;
  }

  #startOver(source: Source): { readonly delta: PlanDelta; readonly translation: Translator } {
    const translation = new Translator(this.#options);
    source.takeChanges();
    translation.apply(wholeSnapshot(source.snapshot, source.claims));
    return { delta: planDelta(this.#plan, translation.plan), translation };
  }
}
