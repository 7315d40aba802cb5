import test from 'ava';
import fc from 'fast-check';
import { API_FAILURES, type ApiFailure, type ApiFailureKind } from '../../../src/kube/api-outcome.ts';
import {
  afterList,
  afterWatch,
  backoffMs,
  type EndedWatch,
  type NextStep,
  NO_HISTORY,
  PACING,
} from '../../../src/kube/watching/next-step.ts';
import type { ForeignEnd } from '../../../src/kube/watching/watch-objects.ts';

const HALF = (): number => 0.5;

const failure = (kind: ApiFailureKind, retryAfterMs: number | null = null): ApiFailure => ({
  kind,
  status: null,
  reason: '',
  message: kind,
  retryAfterMs,
  problems: [],
});

const failed = (kind: ApiFailureKind, retryAfterMs: number | null = null): ForeignEnd => ({
  kind: 'failed',
  failure: failure(kind, retryAfterMs),
});

const watch = (end: ForeignEnd, parts: Partial<EndedWatch> = {}): EndedWatch => ({
  end,
  opened: end.kind !== 'failed',
  livedMs: 0,
  progressed: false,
  sinceListMs: 0,
  ...parts,
});

/** What follows so many equal ends in a row. */
const afterRow = (ended: EndedWatch, times: number): NextStep => {
  let next = afterWatch(ended, NO_HISTORY, PACING, HALF);
  for (let index = 1; index < times; index += 1) next = afterWatch(ended, next.history, PACING, HALF);
  return next;
};

const leadsTo = test.macro<[ended: EndedWatch, times: number, step: NextStep['step'], delayMs: number]>({
  exec(t, ended, times, step, delayMs) {
    const next = afterRow(ended, times);
    t.deepEqual([next.step, next.delayMs], [step, delayMs]);
  },
  title: (_, { end, livedMs, progressed }, times, step, delayMs) => {
    const name = end.kind === 'failed' ? end.failure.kind : end.kind;
    const lived = `${livedMs > 0 ? ` after ${livedMs / 1000} s` : ''}${progressed ? ' with events' : ''}`;
    return `${times} × ${name}${lived}: ${step} in ${delayMs} ms`;
  },
});

const LONG = { livedMs: 300_000 };

// The usual life: a watch ends in its time and goes on at once.
test(leadsTo, watch({ kind: 'closed' }, LONG), 1, 'watch', 0);
test(leadsTo, watch({ kind: 'closed' }, LONG), 9, 'watch', 0);
// One that is closed as soon as it opens is not.
test(leadsTo, watch({ kind: 'closed' }), 1, 'watch', 500);
test(leadsTo, watch({ kind: 'closed' }), 2, 'list', 1_000);
test(leadsTo, watch({ kind: 'closed' }, { progressed: true }), 3, 'watch', 2_000);
test(leadsTo, watch({ kind: 'closed' }, { ...LONG, sinceListMs: PACING.listAgeMs }), 1, 'list', 500);
// Silence may be a dead connection, or a server that went back in time: the second look is a list.
test(leadsTo, watch({ kind: 'idle' }, LONG), 1, 'watch', 0);
test(leadsTo, watch({ kind: 'idle' }, LONG), 2, 'list', 500);
test(leadsTo, watch({ kind: 'idle' }, { ...LONG, progressed: true }), 9, 'watch', 0);
test(leadsTo, watch({ kind: 'broken', message: 'ECONNRESET' }, LONG), 1, 'watch', 500);
test(leadsTo, watch({ kind: 'broken', message: 'ECONNRESET' }, LONG), 9, 'watch', 500);
test(leadsTo, watch({ kind: 'broken', message: 'no JSON' }), 2, 'list', 1_000);
test(leadsTo, watch(failed('gone'), LONG), 1, 'list', 500);
test(leadsTo, watch(failed('gone')), 4, 'list', 4_000);
test(leadsTo, watch(failed('invalid')), 1, 'list', 500);
test(leadsTo, watch(failed('notFound')), 1, 'list', 500);
test(leadsTo, watch(failed('unreachable')), 9, 'watch', 30_000);
test(leadsTo, watch(failed('unauthorized')), 9, 'watch', 30_000);
test(leadsTo, watch(failed('forbidden')), 9, 'watch', 30_000);
test(leadsTo, watch(failed('unavailable')), 4, 'watch', 4_000);
test(leadsTo, watch(failed('unavailable')), 5, 'list', 8_000);
test(leadsTo, watch(failed('unavailable'), { opened: true }), 2, 'list', 1_000);
test(leadsTo, watch(failed('throttled', 7_000)), 1, 'watch', 7_500);
test(leadsTo, watch(failed('throttled', 86_400_000)), 1, 'watch', PACING.longestRetryAfterMs + 500);

test('only what is not served is looked for elsewhere', t => {
  const rediscovers = API_FAILURES.filter(
    kind => afterWatch(watch(failed(kind)), NO_HISTORY, PACING, HALF).rediscover,
  );
  t.deepEqual(rediscovers, ['notFound']);
  t.true(afterList(failure('notFound'), NO_HISTORY, PACING, HALF).rediscover);
});

test('a list that came is watched at once; one that did not is made again, later each time', t => {
  t.like(afterList(null, { failures: 3, barren: 1 }, PACING, HALF), {
    step: 'watch',
    delayMs: 0,
    // A server that lists and then refuses each watch is not listed once a second.
    history: { failures: 3, barren: 0 },
  });
  t.like(afterList(failure('unavailable'), { failures: 3, barren: 0 }, PACING, HALF), {
    step: 'list',
    delayMs: 4_000,
    history: { failures: 4 },
  });
});

test('pauses double from half a second to half a minute, and no two processes keep step', t => {
  t.deepEqual(
    [0, 1, 2, 3, 6, 7, 60, 10_000].map(failures => backoffMs(failures, PACING, HALF)),
    [0, 500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000],
  );
  t.is(
    backoffMs(1, PACING, () => 0),
    250,
  );
  t.true(backoffMs(1, PACING, () => 0.999) > 749);
});

const ends: fc.Arbitrary<ForeignEnd> = fc.oneof(
  fc.constantFrom<ForeignEnd>({ kind: 'closed' }, { kind: 'idle' }, { kind: 'broken', message: '' }),
  fc
    .tuple(fc.constantFrom(...API_FAILURES), fc.option(fc.integer({ min: 0, max: 1e9 })))
    .map(([kind, retryAfterMs]) => failed(kind, retryAfterMs)),
);

test('whatever happens, in whatever order: there is a next step, in bounded time', t => {
  const longest = PACING.longestRetryAfterMs + 1.5 * PACING.longestBackoffMs;
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ end: ends, opened: fc.boolean(), livedMs: fc.nat(400_000), progressed: fc.boolean() }),
      ),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (row, random) => {
        let history = NO_HISTORY;
        for (const ended of row) {
          const next = afterWatch({ ...ended, sinceListMs: 0 }, history, PACING, () => random);
          history = next.history;
          if (!(next.delayMs >= 0 && next.delayMs <= longest)) return false;
        }
        return true;
      },
    ),
  );
  t.pass();
});
