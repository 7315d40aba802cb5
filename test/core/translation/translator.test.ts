import test from 'ava';
import fc from 'fast-check';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import type { PlanDelta } from '../../../src/core/plan-delta.ts';
import { translate } from '../../../src/core/translate.ts';
import type { Translation, TranslatorOptions } from '../../../src/core/translation/translation.ts';
import { Translator } from '../../../src/core/translation/translator.ts';
import { DOMAINS, type Look, looks, translatorOptions } from '../../helpers/generated-looks.ts';
import { SnapshotSource } from '../../helpers/snapshot-source.ts';

const printed = ({ plan, reports, edgeServices, holderOf }: Translation): string =>
  canonicalJson({ plan, reports, edgeServices, holders: DOMAINS.map(domain => holderOf(domain) ?? null) });

/** What a Translator says now, whatever it will say later. */
const saidNow = (translator: Translator): Translation => {
  const { plan, reports, edgeServices } = translator;
  const holders = new Map(DOMAINS.map(domain => [domain, translator.holderOf(domain)]));
  return { plan, reports, edgeServices, holderOf: domain => holders.get(domain) };
};

type Step = { readonly delta: PlanDelta; readonly translation: Translation };

/** What a Translator that is told of each look says after it. */
const followed = (sequence: readonly Look[], options: TranslatorOptions): readonly Step[] => {
  const translator = new Translator(options);
  const source = new SnapshotSource();
  return sequence.map(({ snapshot, claims }) => {
    const delta = translator.apply(source.look(snapshot, claims).takeChanges());
    return { delta, translation: saidNow(translator) };
  });
};

const whole = ({ snapshot, claims }: Look, options: TranslatorOptions): Translation =>
  translate(snapshot, { ...options, recordedClaims: claims });

test('after any changes the translation is that of all objects at once', t => {
  const property = fc.property(looks, translatorOptions, (sequence, options) =>
    followed(sequence, options).every(({ translation }, at) => {
      const look = sequence[at];
      return look !== undefined && printed(translation) === printed(whole(look, options));
    }),
  );
  t.notThrows(() => fc.assert(property, { numRuns: 120 }));
});

test('the deltas are exactly what differs from plan to plan', t => {
  const property = fc.property(looks, translatorOptions, (sequence, options) => {
    let before = EMPTY_PLAN;
    return followed(sequence, options).every(({ delta, translation }) => {
      const expected = planDelta(before, translation.plan);
      before = translation.plan;
      return canonicalJson(delta) === canonicalJson(expected);
    });
  });
  t.notThrows(() => fc.assert(property, { numRuns: 120 }));
});

test('what did not change is the same in memory, so that nobody looks into it', t => {
  const property = fc.property(looks, translatorOptions, (sequence, options) => {
    let before: Translation | undefined;
    return followed(sequence, options).every(({ delta, translation }) => {
      const { plan, reports } = before ?? translation;
      before = translation;
      const set: ReadonlySet<unknown> = new Set([
        ...delta.hosts.set,
        ...delta.pools.set,
        ...delta.certificates.set,
      ]);
      const known: ReadonlySet<unknown> = new Set([
        ...plan.hosts,
        ...plan.pools,
        ...plan.certificates,
        ...reports,
      ]);
      const { hosts, pools, certificates } = translation.plan;
      const parts = [...hosts, ...pools, ...certificates];
      return parts.every(part => known.has(part) || set.has(part));
    });
  });
  t.notThrows(() => fc.assert(property, { numRuns: 100 }));
});
