import test from 'ava';
import { gracefulStop } from '../../src/cli/graceful-stop.ts';

const stepsOf = async (drainWaitMs: number): Promise<readonly string[]> => {
  const steps: string[] = [];
  await gracefulStop({
    workers: {
      stop: async options => {
        steps.push(`stop, idle ${options?.idleMs}`);
      },
      gone: async () => {
        steps.push('gone');
      },
    },
    drainWaitMs,
    leave: () => steps.push('not ready'),
    stopFollowing: () => steps.push('no more changes'),
    wait: async ms => {
      steps.push(`wait ${ms}`);
    },
    say: line => steps.push(line.split(':', 1)[0] ?? ''),
  });
  return steps;
};

test('R2: readiness goes first, then time passes, then connections go, then what runs is awaited', async t => {
  t.deepEqual(await stepsOf(20_000), [
    'not ready',
    'Stopping in 20 s',
    'wait 20000',
    'no more changes',
    'stop, idle 5000',
    'Stopping',
    'gone',
    'Stopped.',
  ]);
});

test('without a wait nothing is waited for, idle connections neither', async t => {
  t.deepEqual(await stepsOf(0), [
    'not ready',
    'no more changes',
    'stop, idle 0',
    'Stopping',
    'gone',
    'Stopped.',
  ]);
});
