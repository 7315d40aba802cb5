import test from 'ava';
import fc from 'fast-check';
import {
  BUDGET_MINIMUM,
  BUDGET_SHARE,
  BUDGET_WINDOW_MS,
  RetryBudget,
} from '../../../router/upstream/retry-budget.ts';

const taken = (budget: RetryBudget, tries: number, nowMs: number): number =>
  Array.from({ length: tries }, () => budget.takeRetry(nowMs)).filter(Boolean).length;

const requested = (budget: RetryBudget, requests: number, nowMs: number): void => {
  for (let nth = 0; nth < requests; nth += 1) budget.countRequest(nowMs);
};

test('three retries in ten seconds are allowed however few the requests', t => {
  const budget = new RetryBudget();
  requested(budget, 1, 0);
  t.is(taken(budget, 10, 100), BUDGET_MINIMUM);
  t.is(taken(budget, 10, BUDGET_WINDOW_MS - 1), 0);
});

test('a fifth of the requests may be tried again, and no more', t => {
  const budget = new RetryBudget();
  requested(budget, 1_000, 500);
  t.is(taken(budget, 1_000, 900), 200);
  requested(budget, 5, 901);
  t.is(taken(budget, 10, 902), 1);
});

test('what lies more than two windows back allows nothing, and costs nothing', t => {
  const budget = new RetryBudget();
  requested(budget, 1_000, 0);
  t.is(taken(budget, 1_000, 0), 200);
  const later = 3 * BUDGET_WINDOW_MS + 7;
  t.is(taken(budget, 1_000, later), BUDGET_MINIMUM);
});

test('requests of the last window count for the part of it that is still in sight', t => {
  const budget = new RetryBudget();
  requested(budget, 1_000, 0);
  t.is(taken(budget, 1_000, BUDGET_WINDOW_MS * 1.75), 50);
});

test('at a steady rate the share holds over any time, whatever fails', t => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ waitMs: fc.nat({ max: 500 }), fails: fc.boolean() }), { maxLength: 400 }),
      steps => {
        const budget = new RetryBudget();
        let nowMs = 12_345;
        let retries = 0;
        for (const { waitMs, fails } of steps) {
          nowMs += waitMs;
          budget.countRequest(nowMs);
          if (fails && budget.takeRetry(nowMs)) retries += 1;
        }
        const windows = Math.ceil((nowMs - 12_345) / BUDGET_WINDOW_MS) + 1;
        return retries <= BUDGET_SHARE * steps.length + BUDGET_MINIMUM * (windows + 1);
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});
