import test from 'ava';
import fc from 'fast-check';
import { Timer, TimerWheel } from '../../router/timer-wheel.ts';

const TICK = 10;

const world = (): { wheel: TimerWheel; timer: (onFire?: () => void) => Timer; fired: () => number } => {
  let count = 0;
  return {
    wheel: new TimerWheel(TICK, 0),
    timer: onFire =>
      new Timer({
        onTimer: () => {
          count += 1;
          onFire?.();
        },
      }),
    fired: () => count,
  };
};

test('a timer fires once, never early, and at most two ticks late', t => {
  const { wheel, timer, fired } = world();
  wheel.start(timer(), 100);
  wheel.advance(100);
  t.is(fired(), 0);
  wheel.advance(120);
  t.is(fired(), 1);
  wheel.advance(100_000);
  t.is(fired(), 1);
});

test('a stopped timer does not fire, and can be started again', t => {
  const { wheel, timer, fired } = world();
  const one = timer();
  wheel.start(one, 50);
  wheel.stop(one);
  wheel.advance(200);
  t.is(fired(), 0);
  wheel.start(one, 50);
  wheel.advance(300);
  t.is(fired(), 1);
});

test('a timer that is put off fires at its new time, one that is brought forward too', t => {
  const { wheel, timer, fired } = world();
  const one = timer();
  wheel.start(one, 50);
  wheel.start(one, 500);
  wheel.advance(400);
  t.is(fired(), 0);
  wheel.advance(600);
  t.is(fired(), 1);
  wheel.start(one, 5_000);
  wheel.start(one, 50);
  wheel.advance(700);
  t.is(fired(), 2);
});

test('a delay longer than the wheel is kept', t => {
  const { wheel, timer, fired } = world();
  wheel.start(timer(), 100 * 2048 * TICK);
  wheel.advance(99 * 2048 * TICK);
  t.is(fired(), 0);
  wheel.advance(101 * 2048 * TICK);
  t.is(fired(), 1);
});

test('an owner may start, stop and remove timers while others fire in the same tick', t => {
  const { wheel, timer, fired } = world();
  const removed = timer();
  const stopped = timer();
  const again: Timer = timer(() => {
    wheel.remove(removed);
    wheel.stop(stopped);
    if (fired() < 3) wheel.start(again, 10);
  });
  wheel.start(removed, 50);
  wheel.start(stopped, 50);
  wheel.start(again, 50);
  wheel.advance(70);
  t.true(fired() >= 1 && fired() <= 3);
  wheel.advance(1_000);
  t.true(fired() >= 3);
});

test('a removed timer is let go at once, wherever it stands in its slot', t => {
  const { wheel, timer, fired } = world();
  const timers = [timer(), timer(), timer()];
  for (const [nth, one] of timers.entries()) {
    for (const other of timers) wheel.start(other, 50);
    wheel.remove(one);
    t.is(one.slotTick, -1);
    t.is(one.next, null);
    const before = fired();
    wheel.advance((nth + 1) * 1_000);
    t.is(fired(), before + 2);
  }
});

test('a machine that slept for a week wakes without a long loop', t => {
  const { wheel, timer, fired } = world();
  wheel.start(timer(), 400_000);
  wheel.advance(7 * 24 * 3_600_000);
  wheel.advance(7 * 24 * 3_600_000 + 500_000);
  t.is(fired(), 1);
});

test('any sequence of starts and stops fires what a list of due times would', t => {
  const step = fc.record({
    which: fc.nat(4),
    action: fc.constantFrom('start', 'stop', 'remove', 'none'),
    delayMs: fc.nat(60_000),
    advanceMs: fc.nat(20_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const wheel = new TimerWheel(TICK, 0);
      let nowMs = 0;
      const due: (number | null)[] = [null, null, null, null, null];
      const firedAt: number[][] = [[], [], [], [], []];
      const timers = due.map(
        (_, which) =>
          new Timer({
            onTimer: () => {
              firedAt[which]?.push(nowMs);
            },
          }),
      );
      for (const { which, action, delayMs, advanceMs } of steps) {
        const timer = timers[which];
        if (timer === undefined) continue;
        if (action === 'start') {
          wheel.start(timer, delayMs);
          due[which] = nowMs + delayMs;
        } else if (action !== 'none') {
          wheel[action](timer);
          due[which] = null;
        }
        nowMs += advanceMs;
        wheel.advance(nowMs);
        for (const [at, dueMs] of due.entries()) {
          const count = firedAt[at]?.length ?? 0;
          firedAt[at] = [];
          if (count > 0) {
            t.is(count, 1);
            t.true(dueMs !== null && dueMs <= nowMs, 'not early, and not after a stop');
            due[at] = null;
          } else t.true(dueMs === null || dueMs + 2 * TICK > nowMs, 'not late');
        }
      }
    }),
    { numRuns: 500 },
  );
});
