import test from 'ava';
import { admissionMarkdown, outcomeOf, type Round } from '../../../bench/admission/summary.ts';

const round = (nth: number, ingresses: number, parts: Partial<Round> = {}): Round => ({
  round: nth,
  ingresses,
  reviews: 600,
  failures: 0,
  p50: 1000,
  p99: 4000,
  largest: 9000,
  cpu: 800,
  burst: 90_000,
  others: 0.01,
  isVoid: false,
  ...parts,
});

test('medians are compared within rounds, the largest index with the smallest', t => {
  const rounds = [
    ...[round(0, 10), round(0, 10_000, { p50: 1100 })],
    // A slow moment for both.
    ...[round(1, 10, { p50: 3000 }), round(1, 10_000, { p50: 3300 })],
    ...[round(2, 10), round(2, 10_000, { p50: 900 })],
  ];
  const { ratio, isReached } = outcomeOf(rounds);
  t.is(ratio, 1.1);
  t.true(isReached);
});

test('a round in which others worked counts for no size', t => {
  const rounds = [
    ...[round(0, 10), round(0, 10_000)],
    ...[round(1, 10, { isVoid: true }), round(1, 10_000, { p99: 90_000, p50: 9000 })],
  ];
  t.deepEqual(outcomeOf(rounds), { ratio: 1, p99Ms: 4, failures: 0, isReached: true });
  t.regex(admissionMarkdown(rounds), /2 of 4 measurements count, 1 are void/);
});

test('where all rounds are void their figures are shown all the same', t => {
  const rounds = [round(0, 10, { isVoid: true }), round(0, 10_000, { isVoid: true, p50: 1300 })];
  t.is(outcomeOf(rounds).ratio, 1.3);
});

const missed = test.macro({
  exec(t, parts: Partial<Round>) {
    const rounds = [round(0, 10), round(0, 10_000, parts)];
    t.false(outcomeOf(rounds).isReached);
    t.regex(admissionMarkdown(rounds), /: missed\./);
  },
  title: (what = '') => `${what} misses what must be reached`,
});
test('a larger index that costs more', missed, { p50: 1201 });
test('a p99 above 25 ms', missed, { p99: 25_001 });
test('a review that failed', missed, { failures: 1 });
