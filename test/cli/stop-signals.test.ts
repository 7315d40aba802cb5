import test from 'ava';
import { StopWish } from '../../src/cli/stop-signals.ts';

type Step = readonly [signal: 'SIGINT' | 'SIGTERM', atMs: number, meaning: 'stop' | 'end' | 'echo'];

const meanings = test.macro({
  exec(t, steps: readonly Step[]) {
    const wish = new StopWish();
    t.deepEqual(
      steps.map(([signal, atMs]) => [signal, atMs, wish.read(signal, atMs)]),
      steps,
    );
  },
  title: (_, steps: readonly Step[]) =>
    steps.map(([signal, atMs, meaning]) => `${signal} at ${atMs} ms: ${meaning}`).join(', '),
});

test(meanings, [['SIGINT', 5_000, 'stop']]);
test(meanings, [
  ['SIGINT', 0, 'stop'],
  ['SIGINT', 5, 'echo'],
  ['SIGINT', 300, 'end'],
]);
test(meanings, [
  ['SIGTERM', 0, 'stop'],
  ['SIGTERM', 900, 'echo'],
  ['SIGTERM', 2_000, 'end'],
]);
test(meanings, [
  ['SIGINT', 0, 'stop'],
  ['SIGINT', 150, 'echo'],
  ['SIGINT', 210, 'end'],
]);
test(meanings, [
  ['SIGTERM', 0, 'stop'],
  ['SIGINT', 1, 'end'],
]);
test(meanings, [
  ['SIGINT', 0, 'stop'],
  ['SIGTERM', 1, 'end'],
  ['SIGTERM', 2, 'echo'],
]);
