import test from 'ava';
import { reviewCalls } from '../../../bench/admission/reviews.ts';
import { indexOf, OPTIONS } from '../../../bench/admission/world.ts';
import { answerReview } from '../../../src/admission/server/answer-review.ts';
import { WEBHOOK_LIMITS } from '../../../src/admission/server/webhook-limits.ts';
import { NOW_MS } from '../../helpers/admission.ts';

test('every review of the benchmark is admitted by either index, and every write is rewritten', t => {
  const calls = reviewCalls(40);
  t.is(calls.length, 80);
  for (const count of [10, 200]) {
    const view = indexOf(count);
    t.deepEqual(view.missing, []);
    for (const { path, body } of calls) {
      const webhook = path.startsWith('/mutate') ? 'mutate' : 'validate';
      const { maxJsonNodes } = WEBHOOK_LIMITS;
      const context = { options: OPTIONS, view, excludedNamespaces: [], nowMs: NOW_MS };
      const outcome = answerReview(webhook, body, { context, maxJsonNodes });
      t.true(outcome.ok);
      if (!outcome.ok) return;
      const { denials, warnings, patch } = outcome.verdict;
      t.deepEqual({ denials, warnings }, { denials: [], warnings: [] });
      t.is(patch.length > 0, webhook === 'mutate');
    }
  }
});
