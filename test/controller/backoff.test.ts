import test from 'ava';
import type { ActOutcome } from '../../src/controller/act.ts';
import { Backoff } from '../../src/controller/backoff.ts';

const failed = (retryAfterMs: number | null = null): ActOutcome => ({
  kind: 'failed',
  failure: { kind: 'unavailable', status: 503, reason: '', message: '', retryAfterMs, problems: [] },
});

const pauses = test.macro({
  exec(t, outcome: ActOutcome, expected: readonly number[]) {
    const backoff = new Backoff(() => 0.5);
    const waits: number[] = [];
    let nowMs = 1_000;
    for (let count = 0; count < expected.length; count += 1) {
      const untilMs = backoff.note('Service shop/cart', outcome, nowMs);
      t.is(backoff.dueMs('Service shop/cart'), untilMs);
      waits.push(untilMs - nowMs);
      nowMs = untilMs;
    }
    t.deepEqual(waits, expected);
    t.is(backoff.dueMs('Service shop/other'), 0, 'nobody else waits');
  },
  title: (title = '') => title,
});

test(
  'failures wait longer each time, a minute at most',
  pauses,
  failed(),
  [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000],
);
test('what the server asks for is granted', pauses, failed(30_000), [30_000, 30_000]);
test(
  'an old look is repeated soon',
  pauses,
  { kind: 'lookAgain' },
  [200, 400, 800, 1_600, 3_200, 5_000, 5_000],
);
test(
  'our own write gets time to come back by the watch',
  pauses,
  { kind: 'done', changed: true },
  [500, 500],
);

test('chance keeps two controllers out of step', t => {
  const waits = [0, 0.99].map(random => new Backoff(() => random).note('x', failed(), 0));
  t.true(waits[0] === 750 && (waits[1] ?? 0) > 1_200);
});

test('who is not to be written any more is forgotten once its time is up', t => {
  const backoff = new Backoff(() => 0.5);
  backoff.note('x', failed(), 0);
  backoff.keepOnly(new Set(), 500);
  t.is(backoff.dueMs('x'), 1_000);
  backoff.keepOnly(new Set(), 1_000);
  t.is(backoff.dueMs('x'), 0);
});
