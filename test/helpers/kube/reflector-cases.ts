import type { ExecutionContext } from 'ava';
import { systemClock } from '../../../src/kube/clock.ts';
import { REFLECTOR_TIMES } from '../../../src/kube/watching/reflector-options.ts';
import { ManualClock } from './manual-clock.ts';
import { FAST, type ReflectorWorld, reflectorWorld, type WorldOptions } from './reflector-world.ts';

/** One thing that goes wrong, and what is true afterwards: the rows of checklist R8. */
export type ReflectorCase = {
  readonly title: string;
  readonly times?: WorldOptions['times'];
  /** Time stands still but for what the case moves. */
  readonly manual?: true;
  readonly run: (t: ExecutionContext, world: ReflectorWorld, clock: ManualClock) => Promise<void>;
};

const status = (code: number, reason: string): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason });

const errorEvent = (code: number, reason: string): string =>
  `{"type":"ERROR","object":${status(code, reason)}}\n`;

/** Two objects are known and watched. */
const begin = async (world: ReflectorWorld): Promise<void> => {
  await world.put('a', '1');
  await world.put('b', '1');
  world.watched.start();
  await world.synced();
  await world.watching();
};

const putMany = async (world: ReflectorWorld, count: number): Promise<void> => {
  const names = Array.from({ length: count }, (_, index) => `m${index}`);
  while (names.length > 0) await Promise.all(names.splice(0, 50).map(name => world.put(name, '1')));
};

/** While nobody listened, `a` was changed, `b` deleted and `c` made; all of it must become known. */
const changeAll = async ({ put, remove }: ReflectorWorld): Promise<void> => {
  await put('a', '2');
  await remove('b');
  await put('c', '1');
};

const CHANGED: readonly string[] = ['a=2', 'c=1'];

const converges = async (t: ExecutionContext, world: ReflectorWorld): Promise<void> => {
  await world.until(() => world.known().join() === CHANGED.join());
  t.deepEqual(world.known(), CHANGED);
  await world.watching();
};

const ended = (world: ReflectorWorld, name: string): number => {
  for (const [end, count] of world.status().counts.ends) if (end === name) return count;
  return 0;
};

/** The resourceVersions from which watches were asked for. */
const watchedFrom = ({ proxy }: ReflectorWorld): readonly string[] =>
  proxy.seen.filter(({ kind }) => kind === 'watch').map(({ query }) => query.get('resourceVersion') ?? '');

const HOUR_MS = 3_600_000;

/** Moves time on by what the reflector waits for, once it waits. */
const oneHourAway: ReflectorCase['run'] = async (t, world, clock) => {
  await begin(world);
  await world.proxy.down();
  await changeAll(world);
  const startedAt = clock.now();
  let tries = 0;
  while (clock.now() - startedAt < HOUR_MS) {
    await world.until(() => world.troubles.length > tries);
    tries = world.troubles.length;
    clock.advance(world.troubles[tries - 1]?.delayMs ?? 0);
  }
  t.deepEqual(world.known(), ['a=1', 'b=1']);
  t.true(world.watched.synced);
  t.true(clock.now() - (world.status().lastContactAt ?? Number.NaN) >= HOUR_MS);
  // Half a minute between two tries, not a storm and not a nap.
  t.true(tries > 60 && tries < 260, `${tries} tries`);
  await world.until(() => world.troubles.length > tries);
  tries = world.troubles.length;
  await world.proxy.up();
  // Nobody remembers where we were.
  world.proxy.fault('watch', { do: 'answer', status: 410, body: status(410, 'Gone') });
  clock.advance(world.troubles[tries - 1]?.delayMs ?? 0);
  await world.until(() => world.troubles.length > tries);
  clock.advance(world.troubles[tries]?.delayMs ?? 0);
  await converges(t, world);
  t.is(world.status().counts.lists, 2);
};

export const REFLECTOR_CASES: readonly ReflectorCase[] = [
  {
    title: 'a watch that hangs without FIN is given up at its idle deadline, and what it missed is told',
    times: { idleMs: 150 },
    run: async (t, world) => {
      await begin(world);
      world.proxy.freezeWatches();
      await changeAll(world);
      await converges(t, world);
      t.true(ended(world, 'idle') >= 1);
    },
  },
  {
    title:
      'after a watch without even a bookmark the server is asked to end the next before its deadline, until it tells something',
    times: { idleMs: 150 },
    run: async (t, world) => {
      const lives = (): readonly number[] =>
        world.proxy.seen
          .filter(({ kind }) => kind === 'watch')
          .map(({ query }) => Number(query.get('timeoutSeconds')));
      await begin(world);
      await world.until(() => lives().length > 1);
      const [first = 0, second] = lives();
      t.true(first > 1);
      t.is(second, 1);
      const before = lives().length;
      await world.put('a', '2');
      await world.until(() =>
        lives()
          .slice(before)
          .some(life => life > 1),
      );
    },
  },
  {
    title: 'a connection that is reset resumes where it was',
    run: async (t, world) => {
      await begin(world);
      await world.put('a', '1.5');
      await world.until(() => world.known().includes('a=1.5'));
      world.proxy.resetWatches();
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'broken'), 1);
      t.is(world.status().counts.lists, 1);
      const [first, second] = watchedFrom(world);
      t.not(second, first);
    },
  },
  {
    title: 'a watch that the server ends in order resumes where it was',
    run: async (t, world) => {
      await begin(world);
      world.proxy.endWatches();
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'closed'), 1);
      t.is(world.status().counts.lists, 1);
    },
  },
  {
    title: 'JSON that is cut off is no event; the watch resumes before it',
    run: async (t, world) => {
      await begin(world);
      world.proxy.inject('{"type":"MODIFIED","object":{"metadata":{"name":"a","namesp');
      world.proxy.endWatches();
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'broken'), 1);
      t.is(world.status().counts.lists, 1);
    },
  },
  {
    title: 'a line that is no JSON ends the watch, and going on finds what is true',
    run: async (t, world) => {
      await begin(world);
      world.proxy.inject('<html>502 Bad Gateway</html>\n');
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'broken'), 1);
    },
  },
  {
    title: '410 as an ERROR in the stream leads to a list, which also finds what was deleted',
    run: async (t, world) => {
      await begin(world);
      world.proxy.filter = () => [];
      await changeAll(world);
      world.proxy.filter = line => [line];
      world.proxy.inject(errorEvent(410, 'Expired'));
      await converges(t, world);
      t.is(ended(world, 'gone'), 1);
      t.is(world.status().counts.lists, 2);
    },
  },
  {
    title: '410 as the status of a watch leads to a list',
    run: async (t, world) => {
      await begin(world);
      world.proxy.fault('watch', { do: 'answer', status: 410, body: status(410, 'Gone') });
      world.proxy.resetWatches();
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'gone'), 1);
      t.is(world.status().counts.lists, 2);
    },
  },
  {
    title: '410 on the second page begins the list anew',
    run: async (t, world) => {
      await putMany(world, 501);
      world.proxy.fault('page', { do: 'answer', status: 410, body: status(410, 'Expired') });
      world.watched.start();
      await world.synced();
      t.is(world.watched.stores.ConfigMap.size, 501);
      t.is(world.proxy.count('list'), 2);
      t.is(world.proxy.count('page'), 2);
      t.is(world.status().counts.lists, 1);
    },
  },
  {
    title: 'a token that expires again and again leads to one list without pages',
    run: async (t, world) => {
      await putMany(world, 501);
      const gone = { do: 'answer', status: 410, body: status(410, 'Expired') } as const;
      world.proxy.fault('page', gone, gone, gone, gone);
      world.watched.start();
      await world.synced();
      t.is(world.watched.stores.ConfigMap.size, 501);
      t.is(world.proxy.count('page'), 2);
    },
  },
  {
    title: '429 with Retry-After is waited for, on a watch as on a list',
    manual: true,
    run: async (t, world, clock) => {
      const later = {
        do: 'answer',
        status: 429,
        headers: { 'retry-after': '7' },
        body: status(429, 'TooManyRequests'),
      } as const;
      const waitsItOut = async (): Promise<void> => {
        await world.until(() => world.troubles.at(-1)?.end === 'throttled');
        t.true((world.troubles.at(-1)?.delayMs ?? 0) >= 7_000);
        const asked = world.proxy.seen.length;
        clock.advance(6_999);
        await world.put('a', '1');
        t.is(world.proxy.seen.length, asked);
        clock.advance(1_001);
      };
      world.proxy.fault('list', later);
      world.watched.start();
      await waitsItOut();
      await world.watching();
      await world.put('b', '1');
      world.proxy.fault('watch', later);
      world.proxy.endWatches();
      await world.until(() => world.troubles.length === 2);
      clock.advance(world.troubles[1]?.delayMs ?? 0);
      await waitsItOut();
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'throttled'), 1);
      t.is(world.status().counts.lists, 1);
    },
  },
  {
    title: '500 on a list and on a watch is tried again, from where the watch was',
    run: async (t, world) => {
      const broken = { do: 'answer', status: 500, body: 'etcdserver: leader changed' } as const;
      world.proxy.fault('list', broken, broken);
      await begin(world);
      world.proxy.fault('watch', broken);
      world.proxy.resetWatches();
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'unavailable'), 1);
      t.is(world.status().counts.lists, 1);
    },
  },
  {
    title: 'an ERROR that comes again from the same place leads to a list',
    run: async (t, world) => {
      await begin(world);
      world.proxy.filter = () => [errorEvent(500, 'InternalError').trim()];
      await world.put('a', '2');
      await world.until(() => ended(world, 'unavailable') >= 2);
      await world.until(() => world.known().includes('a=2'));
      world.proxy.filter = line => [line];
      await changeAll(world);
      await converges(t, world);
    },
  },
  {
    title: '401 and 403 are tried again; what is known stays known',
    run: async (t, world) => {
      await begin(world);
      world.proxy.fault(
        'watch',
        { do: 'answer', status: 401, body: status(401, 'Unauthorized') },
        { do: 'answer', status: 403, body: status(403, 'Forbidden') },
      );
      world.proxy.resetWatches();
      await world.until(() => ended(world, 'forbidden') === 1);
      t.deepEqual(world.known(), ['a=1', 'b=1']);
      await changeAll(world);
      await converges(t, world);
      t.is(ended(world, 'unauthorized'), 1);
      t.is(world.status().counts.lists, 1);
    },
  },
  {
    title: 'an answer of HTML, a reset, and halves of answers in the place of a list are tried again',
    run: async (t, world) => {
      world.proxy.fault(
        'list',
        { do: 'answer', status: 200, body: '<html>captive portal</html>' },
        { do: 'reset' },
        { do: 'half', end: 'fin' },
        { do: 'half', end: 'rst' },
      );
      await begin(world);
      t.deepEqual(world.known(), ['a=1', 'b=1']);
      t.is(world.proxy.count('list'), 5);
      // The reset met a kept connection, so the transport asked once more by itself.
      t.deepEqual([...world.status().counts.listFailures].sort(), [
        ['unreachable', 1],
        ['unreadable', 2],
      ]);
    },
  },
  {
    title: 'a list and a watch that are never answered are given up at their deadlines',
    times: REFLECTOR_TIMES,
    manual: true,
    run: async (t, world, clock) => {
      world.proxy.fault('list', { do: 'hang' });
      world.watched.start();
      await world.until(() => world.proxy.count('list') === 1);
      clock.advance(REFLECTOR_TIMES.listTimeoutMs);
      await world.until(() => world.troubles.length === 1);
      world.proxy.fault('watch', { do: 'hang' });
      clock.advance(world.troubles[0]?.delayMs ?? 0);
      await world.synced();
      await world.until(() => world.proxy.count('watch') === 1);
      // A watch that was opened may be silent for longer than this.
      clock.advance(30_000);
      await world.until(() => world.troubles.length === 2);
      clock.advance(world.troubles[1]?.delayMs ?? 0);
      await world.watching();
      t.deepEqual(
        world.troubles.map(({ end }) => end),
        ['unreachable', 'idle'],
      );
      await changeAll({ ...world, remove: async () => {} });
      await converges(t, world);
    },
  },
  {
    title: 'events told twice change nothing, and none brings back what is gone',
    run: async (t, world) => {
      await begin(world);
      const told: string[] = [];
      world.proxy.filter = line => {
        told.push(line);
        // Everything so far once more, oldest first: `b` comes again after it was deleted.
        return [line, ...told];
      };
      await world.put('b', '2');
      await changeAll(world);
      await converges(t, world);
      t.true((new Map<string, number>(world.status().counts.drops).get('repeated') ?? 0) > 0);
    },
  },
  {
    title: 'a DELETED that never came is repaired by the next list',
    run: async (t, world) => {
      await begin(world);
      world.proxy.filter = line => (line.includes('"DELETED"') ? [] : [line]);
      await changeAll(world);
      await world.until(() => world.known().includes('c=1'));
      t.true(world.known().includes('b=1'));
      world.proxy.inject(errorEvent(410, 'Expired'));
      await converges(t, world);
    },
  },
  {
    title: 'an old list is made again when its watch ends by itself',
    times: { pacing: { ...FAST.pacing, listAgeMs: 0 } },
    run: async (t, world) => {
      await begin(world);
      world.proxy.filter = line => (line.includes('"DELETED"') ? [] : [line]);
      await changeAll(world);
      await world.until(() => world.known().includes('c=1'));
      world.proxy.endWatches();
      await converges(t, world);
      t.true(world.status().counts.lists >= 2);
    },
  },
  {
    title: 'one hour away: what is known stays known, tries are spaced, and all is found afterwards',
    times: REFLECTOR_TIMES,
    manual: true,
    run: oneHourAway,
  },
];

/** Runs one case against an API server. */
export const runReflectorCase = async (
  t: ExecutionContext,
  { run, times, manual }: ReflectorCase,
  upstream: Pick<WorldOptions, 'upstream' | 'namespace'>,
): Promise<void> => {
  const manualClock = new ManualClock();
  const clock = manual === true ? manualClock : systemClock;
  const world = await reflectorWorld(t, { ...upstream, clock, ...(times === undefined ? {} : { times }) });
  await run(t, world, manualClock);
};
