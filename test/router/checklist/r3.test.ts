// R3: who closes an idle connection at the very moment at which the other side sends its next request costs that
// request. ALB keeps connections for 60 s, NLB and others for 350 s; Node's server for 5 s, many backends for 60 or 75 s.
import test from 'ava';
import { DEFAULT_OPTIONS } from '../../../router/engine.ts';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';
import { inWorld, type RouterWorld } from '../../helpers/router-world.ts';
import { SteppedClock } from '../../helpers/stepped-clock.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';

const answerWith = (fields: string): string =>
  `HTTP/1.1 200 OK\r\nDate: now\r\n${fields}Content-Length: 2\r\n\r\nok`;

type IdleWorld = RouterWorld & {
  readonly clock: SteppedClock;
  ask(request: string): Promise<string>;
};

/** The router with the timeouts and the resolution that it has in service, on a clock that the test moves. */
const inIdleWorld = async (fields: string, work: (world: IdleWorld) => Promise<void>): Promise<void> => {
  const clock = new SteppedClock();
  const options = { clock, options: { tickMs: DEFAULT_OPTIONS.tickMs } };
  await inWorld([await startAnsweringOrigin(answerWith(fields))], options, world =>
    work({
      ...world,
      clock,
      ask: async request => {
        world.client.write(request);
        await world.client.untilText('\r\n\r\nok');
        return world.client.takeReceived();
      },
    }),
  );
};

const clientReuse = test.macro({
  async exec(t, seconds: number) {
    await inIdleWorld('', async ({ client, clock, ask, router }) => {
      await ask(GET);
      clock.pass(seconds);
      await socketsRead();
      t.false(client.hasEnded);
      t.is(await ask(POST), answerWith(''));
      t.is(router.counters.get('connections_accepted'), 1);
    });
  },
  title: (_, seconds) => `R3 a client may use its connection again after ${seconds} s`,
});

for (const seconds of [4.9, 5, 5.1, 59, 60, 61, 349, 350, 351, 399]) test(clientReuse, seconds);

test('R3 a client connection is closed after 400 s, and not before', async t => {
  t.true(DEFAULT_OPTIONS.clientIdleMs > 350_000);
  await inIdleWorld('', async ({ client, clock, ask }) => {
    await ask(GET);
    clock.pass(399.9);
    await socketsRead();
    t.false(client.hasEnded);
    clock.pass(1);
    t.is(await client.untilEnd(), '');
  });
});

test('R3 a request that begins after a minute has its full 10 s for its head', async t => {
  await inIdleWorld('', async ({ client, clock, ask, router }) => {
    await ask(GET);
    clock.pass(61);
    client.write(GET.slice(0, 20));
    await socketsRead();
    clock.pass(9.5);
    t.is(await ask(GET.slice(20)), answerWith(''));
    t.is(router.counters.get('refused'), 0);
  });
});

const upstreamReuse = test.macro({
  async exec(t, fields: string, seconds: number, isReused: boolean) {
    await inIdleWorld(fields, async ({ origins, clock, ask }) => {
      await ask(GET);
      clock.pass(seconds);
      const first = await origins[0]?.connection(0);
      if (!isReused) await first?.untilClosed();
      await ask(GET);
      t.is(origins[0]?.connections.length, isReused ? 1 : 2);
    });
  },
  title: (_, fields: string, seconds, isReused) =>
    `R3 after ${seconds} s a connection to a pod that says ${fields.trim() || 'nothing'} is ${isReused ? 'used again' : 'gone'}`,
});

const keepAlive = (seconds: number): string => `Keep-Alive: timeout=${seconds}\r\n`;

test(upstreamReuse, '', 3.9, true);
for (const seconds of [4.9, 5, 5.1, 59, 60, 61]) test(upstreamReuse, '', seconds, false);
test(upstreamReuse, keepAlive(5), 3.9, true);
test(upstreamReuse, keepAlive(5), 4.9, false);
test(upstreamReuse, keepAlive(61), 59, true);
test(upstreamReuse, keepAlive(61), 60.9, false);
test(upstreamReuse, keepAlive(75), 61, true);
test(upstreamReuse, keepAlive(75), 74.9, false);
test(upstreamReuse, keepAlive(1), 0, false);

for (const seconds of [4.9, 5, 5.1, 59, 60, 61]) {
  test(`R3 a POST after ${seconds} s to a pod that closes after 5 s, as Node does, is answered without a retry`, async t => {
    await inIdleWorld('', async ({ origins, client, clock, ask, router }) => {
      await ask(POST);
      clock.pass(seconds);
      // At the very moment of the request: nothing may be in between.
      if (seconds >= 5) origins[0]?.connections[0]?.socket.destroy();
      client.write(POST);
      t.is(await client.untilText('\r\n\r\nok'), answerWith(''));
      t.is(router.counters.get('retries'), 0);
      t.is(router.counters.get('upstream_resets'), 0);
      t.is(origins[0]?.connections.length, 2);
    });
  });
}
