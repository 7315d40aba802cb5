import test from 'ava';
import { startDeafOrigin } from '../../helpers/deaf-origin.ts';
import { closedPeer, connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { deadOrigin, type RecordingOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { SteppedClock } from '../../helpers/stepped-clock.ts';
import {
  startTcpRouter,
  type TcpParts,
  type TcpRouter,
  type TcpRouterOptions,
} from '../../helpers/tcp-router.ts';

type Relayed = {
  readonly router: TcpRouter;
  readonly client: RawPeer;
  readonly pod: RawPeer;
  readonly origin: RecordingOrigin;
};

/** One relayed connection; afterwards everything is closed, and nothing was called a bug. */
const inRelay = async (
  work: (world: Relayed) => Promise<void>,
  { parts, ...options }: TcpRouterOptions & { readonly parts?: TcpParts } = {},
): Promise<readonly string[]> => {
  const origin = await startOrigin({ allowHalfOpen: true });
  const router = await startTcpRouter(options);
  router.serve({ stable: [origin.port] }, parts);
  const client = await connectRaw(router.port);
  const pod = await origin.connection(0);
  try {
    await work({ router, client, pod, origin });
  } finally {
    client.socket.destroy();
    await origin.close();
    await router.close();
  }
  return router.bugs;
};

/** Turn by turn of the event loop: what is waited for happens within a few. */
const until = async (isMet: () => boolean): Promise<void> => {
  while (!isMet()) await new Promise(setImmediate);
};

/** Says something each way, so that both know that they are connected. */
const greet = async (client: RawPeer, pod: RawPeer): Promise<void> => {
  pod.write('hello');
  await client.untilText('hello');
  client.write('there');
  await pod.untilText('there');
};

test('whoever speaks first is heard, in both directions, and all of it is counted', async t => {
  const bugs = await inRelay(async ({ client, pod, router }) => {
    pod.write('hello');
    t.is(await client.untilText('hello'), 'hello');
    client.write('here I am');
    t.is(await pod.untilText('am'), 'here I am');
    t.is(router.count('connections'), 1);
    t.is(router.count('sent'), 5);
    t.is(router.count('received'), 9);
    t.is(router.count('closed'), 0);
    client.socket.end();
    pod.socket.end();
    await Promise.all([client.untilClosed(), pod.untilClosed()]);
    t.is(client.failure + pod.failure, '');
  });
  t.deepEqual(bugs, []);
});

test('a client that ends its direction goes on reading', async t => {
  const bugs = await inRelay(async ({ client, pod, router }) => {
    client.socket.end('last question');
    t.is(await pod.untilEnd(), 'last question');
    t.false(pod.isClosed);
    pod.write('answer');
    await client.untilText('answer');
    t.false(client.hasEnded);
    pod.socket.end(' and end');
    t.is(await client.untilEnd(), 'answer and end');
    await Promise.all([client.untilClosed(), pod.untilClosed()]);
    t.is(client.failure + pod.failure, '');
    t.is(router.openConnections().upstreams, 0);
    await until(() => router.count('closed') === 1);
  });
  t.deepEqual(bugs, []);
});

test('a pod that ends its direction goes on reading', async t => {
  const bugs = await inRelay(async ({ client, pod }) => {
    pod.socket.end('all I have');
    t.is(await client.untilEnd(), 'all I have');
    client.write('thanks');
    await pod.untilText('thanks');
    client.socket.end();
    await pod.untilEnd();
    await Promise.all([client.untilClosed(), pod.untilClosed()]);
    t.is(client.failure + pod.failure, '');
  });
  t.deepEqual(bugs, []);
});

test('the reset of a client is a reset for its pod', async t => {
  const bugs = await inRelay(async ({ client, pod, router }) => {
    await greet(client, pod);
    client.socket.resetAndDestroy();
    await pod.untilClosed();
    t.is(pod.failure, 'ECONNRESET');
    t.false(pod.hasEnded);
    await until(() => router.count('closed') === 1);
  });
  t.deepEqual(bugs, []);
});

test('the reset of a pod is a reset for its client', async t => {
  const bugs = await inRelay(async ({ client, pod }) => {
    await greet(client, pod);
    pod.socket.resetAndDestroy();
    await client.untilClosed();
    t.is(client.failure, 'ECONNRESET');
    t.false(client.hasEnded);
  });
  t.deepEqual(bugs, []);
});

test('a reset after the end of a direction is still passed on', async t => {
  const bugs = await inRelay(async ({ client, pod, router }) => {
    await greet(client, pod);
    client.socket.end();
    await pod.untilEnd();
    pod.socket.resetAndDestroy();
    await client.untilClosed();
    t.is(client.failure, 'ECONNRESET');
    await until(() => router.count('closed') === 1);
  });
  t.deepEqual(bugs, []);
});

test('a port that no Service has resets its clients and says so', async t => {
  const router = await startTcpRouter();
  const client = await closedPeer(router.port);
  t.is(client.failure, 'ECONNRESET');
  t.is(router.count('refused_unclaimed', 'none'), 1);
  t.is(router.count('connections'), 0);
  await router.close();
});

test('without any endpoint the client is reset', async t => {
  const router = await startTcpRouter();
  router.serve({ stable: [] });
  const client = await closedPeer(router.port);
  t.is(client.failure, 'ECONNRESET');
  t.is(router.count('refused_no_endpoint', 'none'), 1);
  await router.close();
});

test('an endpoint that refuses is left for another one, and out of it all after five failures', async t => {
  const origin = await startOrigin();
  const router = await startTcpRouter();
  router.serve({ stable: [origin.port] });
  const clients: RawPeer[] = [];
  const comeIn = async (count: number): Promise<void> => {
    for (let at = 0; at < count; at += 1) {
      const client = await connectRaw(router.port);
      (await origin.connection(clients.length)).write('hi');
      await client.untilText('hi');
      clients.push(client);
    }
  };
  // So many that five retries are a fifth of them.
  await comeIn(30);
  router.serve({ stable: [deadOrigin().port, origin.port] });
  await comeIn(20);
  t.is(router.counters.get('ejections'), 1);
  t.is(router.count('connect_failures'), 5);
  t.is(router.counters.get('retries'), 5);
  t.is(router.count('refused_unreachable'), 0);
  for (const client of clients) client.socket.destroy();
  await origin.close();
  await router.close();
  t.deepEqual(router.bugs, []);
});

test('where no endpoint takes the connection the client is reset, after one retry', async t => {
  const router = await startTcpRouter();
  router.serve({ stable: [deadOrigin(1).port, deadOrigin(2).port] });
  const client = await closedPeer(router.port);
  t.is(client.failure, 'ECONNRESET');
  t.is(router.count('connect_failures'), 2);
  t.is(router.count('refused_unreachable'), 1);
  t.is(router.counters.get('retries'), 1);
  t.is(router.counters.get('upstream_connect_failures'), 2);
  await router.close();
  t.is(router.count('closed'), 1);
  t.deepEqual(router.bugs, []);
});

test('retries stay within the budget of their pool', async t => {
  const router = await startTcpRouter({ clock: new SteppedClock() });
  router.serve({ stable: [deadOrigin(1).port, deadOrigin(2).port] });
  for (let at = 0; at < 10; at += 1) await closedPeer(router.port);
  t.is(router.counters.get('retries'), 3);
  t.is(router.counters.get('retry_budget_exhausted'), 7);
  await router.close();
});

for (const [title, parts, seconds] of [
  ['five seconds', {}, 5],
  ['what its port says', { connectMs: 2_000 }, 2],
] as const) {
  test(`an endpoint that does not answer is given up after ${title}`, async t => {
    const [deaf, origin, clock] = [await startDeafOrigin(), await startOrigin(), new SteppedClock()];
    const router = await startTcpRouter({ clock });
    router.serve({ stable: [deaf.port] }, parts);
    const client = await connectRaw(router.port);
    await until(() => router.count('connections') === 1);
    clock.pass(seconds - 0.1);
    t.is(router.count('connect_failures'), 0);
    clock.pass(0.2);
    await client.untilClosed();
    t.is(client.failure, 'ECONNRESET');
    t.is(router.count('connect_failures'), 1);
    t.is(router.count('idle_timeouts'), 0);
    // With another one there is a second try.
    router.serve({ stable: [deaf.port, origin.port] }, parts);
    const clients: RawPeer[] = [];
    while (router.count('connect_failures') === 1) {
      clients.push(await connectRaw(router.port));
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      clock.pass(seconds + 0.1);
    }
    await origin.connection(clients.length - 1);
    t.is(router.counters.get('retries'), 1);
    for (const { socket } of clients) socket.destroy();
    await Promise.all([router.close(), origin.close(), deaf.close()]);
    t.deepEqual(router.bugs, []);
  });
}

test('a connection on which nobody speaks is ended after an hour, and each word begins another', async t => {
  const clock = new SteppedClock();
  const bugs = await inRelay(
    async ({ client, pod, router }) => {
      await greet(client, pod);
      clock.pass(3_599);
      pod.write('still here');
      await client.untilText('still here');
      clock.pass(3_599);
      t.is(router.count('idle_timeouts'), 0);
      clock.pass(2);
      await Promise.all([client.untilEnd(), pod.untilEnd()]);
      client.socket.end();
      pod.socket.end();
      await Promise.all([client.untilClosed(), pod.untilClosed()]);
      t.is(client.failure + pod.failure, '');
      t.is(router.count('idle_timeouts'), 1);
    },
    { clock },
  );
  t.deepEqual(bugs, []);
});

test('a port has an idle timeout of its own; where a direction has ended it is a reset', async t => {
  const clock = new SteppedClock();
  const bugs = await inRelay(
    async ({ client, pod }) => {
      await greet(client, pod);
      client.socket.end();
      await pod.untilEnd();
      clock.pass(31);
      await client.untilClosed();
      t.is(client.failure, 'ECONNRESET');
      // Who has read the end hears of the reset when it speaks.
      pod.write('?');
      await pod.untilClosed();
      t.not(pod.failure, '');
    },
    { clock, parts: { idleMs: 30_000 } },
  );
  t.deepEqual(bugs, []);
});

test('a stop takes nobody new, lets what runs go on until the drain is over, and resets it then', async t => {
  const bugs = await inRelay(
    async ({ client, pod, router }) => {
      await greet(client, pod);
      const closed = router.close();
      await t.throwsAsync(connectRaw(router.port), { code: 'ECONNREFUSED' });
      client.write('more');
      await pod.untilText('more');
      await closed;
      await Promise.all([client.untilClosed(), pod.untilClosed()]);
      t.deepEqual([client.failure, pod.failure], ['ECONNRESET', 'ECONNRESET']);
    },
    { options: { drainTimeoutMs: 300 } },
  );
  t.deepEqual(bugs, []);
});

test('a stop is over as soon as the last connection has ended', async t => {
  await inRelay(
    async ({ client, pod, router }) => {
      await greet(client, pod);
      const closed = router.close();
      client.socket.end();
      pod.socket.end();
      await closed;
      t.is(router.count('closed'), 1);
    },
    { options: { drainTimeoutMs: 600_000 } },
  );
});

test('what runs on an endpoint that has left the plan, or on a port that nobody has any more, is finished', async t => {
  const bugs = await inRelay(async ({ client, pod, router }) => {
    await greet(client, pod);
    const other = await startOrigin();
    router.serve({ stable: [other.port] });
    const next = await connectRaw(router.port);
    (await other.connection(0)).write('other');
    await next.untilText('other');
    router.unclaim();
    client.write('old');
    await pod.untilText('old');
    next.write('next');
    await (await other.connection(0)).untilText('next');
    next.socket.destroy();
    await other.close();
  });
  t.deepEqual(bugs, []);
});

test('the limit of connections holds for TCP ports as well; those above it are reset', async t => {
  const bugs = await inRelay(
    async ({ client, pod, router }) => {
      await greet(client, pod);
      const second = await closedPeer(router.port);
      t.is(second.failure, 'ECONNRESET');
      t.is(router.count('refused_limit', 'none'), 1);
      t.is(router.counters.get('connections_shed'), 1);
      client.write('on');
      await pod.untilText('on');
    },
    { options: { maxConnections: 1 } },
  );
  t.deepEqual(
    bugs.map(bug => bug.split(':')[0]),
    ['1 connections are open, the limit; 1 new one(s) were not taken'],
  );
});
