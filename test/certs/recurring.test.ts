import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { Recurring, type Timers } from '../../certs/recurring.ts';

/** Timers that fire when the test says so. */
class HandTimers implements Timers {
  readonly delaysMs: number[] = [];
  #due: (() => void) | null = null;

  set(work: () => void, delayMs: number): unknown {
    this.#due = work;
    this.delaysMs.push(delayMs);
    return work;
  }

  clear(timer: unknown): void {
    if (timer === this.#due) this.#due = null;
  }

  get isSet(): boolean {
    return this.#due !== null;
  }

  async fire(): Promise<void> {
    const due = this.#due;
    this.#due = null;
    due?.();
    await setImmediate();
  }
}

/** Work that ends when the test says so. */
class Work {
  runs = 0;
  readonly failures: unknown[] = [];
  readonly timers = new HandTimers();
  #end: (error: Error | null) => void = () => {};
  random = 0;

  readonly recurring = new Recurring(
    () =>
      new Promise<void>((resolve, reject) => {
        this.runs += 1;
        this.#end = error => (error === null ? resolve() : reject(error));
      }),
    {
      intervalMs: 5_000,
      random: () => this.random,
      timers: this.timers,
      onFailure: error => void this.failures.push(error),
    },
  );

  async end(error: Error | null = null): Promise<void> {
    this.#end(error);
    await setImmediate();
  }
}

test('runs at once and again after the interval, which chance shortens by up to a half', async t => {
  const work = new Work();
  work.recurring.nudge();
  t.is(work.runs, 1);
  await work.end();
  work.random = 1;
  await work.timers.fire();
  t.is(work.runs, 2);
  await work.end();
  t.deepEqual(work.timers.delaysMs, [5_000, 2_500]);
});

test('a nudge in a run makes one more, however many they are', async t => {
  const work = new Work();
  work.recurring.nudge();
  work.recurring.nudge();
  work.recurring.nudge();
  t.is(work.runs, 1);
  await work.end();
  t.is(work.runs, 2);
  await work.end();
  t.is(work.runs, 2);
  t.true(work.timers.isSet);
});

test('a nudge between runs does not wait for the timer', async t => {
  const work = new Work();
  work.recurring.nudge();
  await work.end();
  work.recurring.nudge();
  t.is(work.runs, 2);
  t.false(work.timers.isSet);
});

test('a failure is told, and the next run comes all the same', async t => {
  const work = new Work();
  work.recurring.nudge();
  await work.end(new Error('x'));
  t.deepEqual(work.failures, [new Error('x')]);
  await work.timers.fire();
  t.is(work.runs, 2);
});

test('after a stop nothing begins, and what runs is waited for', async t => {
  const work = new Work();
  work.recurring.nudge();
  work.recurring.nudge();
  let isStopped = false;
  const stopped = work.recurring.stop().then(() => {
    isStopped = true;
  });
  await setImmediate();
  t.false(isStopped);
  await work.end();
  await stopped;
  t.is(work.runs, 1);
  t.false(work.timers.isSet);
  work.recurring.nudge();
  t.is(work.runs, 1);
});
