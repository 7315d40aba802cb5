import test from 'ava';
import {
  BACKDATE_MS,
  DEFAULT_LIFETIMES,
  type Lifetimes,
  lifetimeFaults,
  renewalMs,
} from '../../certs/lifetimes.ts';

const DAY_MS = 86_400_000;

const faults = test.macro({
  exec(t, lifetimes: Partial<Lifetimes>, count: number) {
    t.is(lifetimeFaults({ ...DEFAULT_LIFETIMES, ...lifetimes }).length, count);
  },
  title: (_, lifetimes: unknown, count: number) => `${JSON.stringify(lifetimes)}: ${count} faults`,
});

test(faults, {}, 0);
test(faults, { authorityMs: 270 * DAY_MS }, 0);
test(faults, { authorityMs: 270 * DAY_MS - 1 }, 1);
test(faults, { overlapMs: 15 * DAY_MS }, 0);
test(faults, { overlapMs: 15 * DAY_MS + 1 }, 1);
test(faults, { authorityMs: 1, overlapMs: 90 * DAY_MS }, 2);

test('a certificate is renewed at two thirds of the life that it was made for', t => {
  t.is(renewalMs({ notBeforeMs: 0, notAfterMs: BACKDATE_MS + 90 }), BACKDATE_MS + 60);
});
