import test from 'ava';
import { MAX_MATCHING_STEPS, MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';

test('steps are spent until more is asked for than there is, and then nothing is given', t => {
  const budget = new MatchingBudget();
  t.true(budget.spend(MAX_MATCHING_STEPS - 10));
  t.true(budget.spend(10));
  t.false(budget.isExhausted);
  t.false(budget.spend(1));
  t.true(budget.isExhausted);
});

test('a bite that is too large ends it for smaller ones too: which comes first must not matter to those behind', t => {
  const budget = new MatchingBudget();
  t.false(budget.spend(MAX_MATCHING_STEPS + 1));
  t.false(budget.spend(1));
  t.is(budget.left, 0);
  budget.reset();
  t.true(budget.spend(1));
  t.is(budget.left, MAX_MATCHING_STEPS - 1);
});
