import test from 'ava';
import { DEFAULT_OPTIONS } from '../../../router/engine.ts';
import { TimerWheel } from '../../../router/timer-wheel.ts';
import { UpstreamDeadline } from '../../../router/upstream/upstream-deadline.ts';
import type { RouteTimeouts } from '../../../src/core/route-settings.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld, withOptions, withReadTimeout } from '../../helpers/router-world.ts';

const reading = (readMs: number): RouteTimeouts => ({ connectMs: null, readMs, sendMs: null });

const world = () => {
  const wheel = new TimerWheel(10, 0);
  let fired = 0;
  const owner = {
    onTimer: () => {
      fired += 1;
    },
  };
  const deadline = new UpstreamDeadline({ wheel, options: DEFAULT_OPTIONS }, owner);
  return { deadline, advance: (nowMs: number) => wheel.advance(nowMs), fired: () => fired };
};

test('a body is timed from read to read, not as a whole', t => {
  const { deadline, advance, fired } = world();
  deadline.body(reading(100));
  for (let nowMs = 90; nowMs < 2_000; nowMs += 90) {
    advance(nowMs);
    deadline.onRead();
  }
  t.is(fired(), 0);
  advance(3_000);
  t.is(fired(), 1);
});

test('while the client is waited for, nothing is due; afterwards the whole time again', t => {
  const { deadline, advance, fired } = world();
  deadline.body(reading(100));
  deadline.stop();
  advance(5_000);
  t.is(fired(), 0);
  deadline.onRead();
  advance(5_090);
  t.is(fired(), 0);
  advance(5_200);
  t.is(fired(), 1);
});

test('without a word of the route a body has the time of the listener, a tunnel all there is', t => {
  const { deadline, advance, fired } = world();
  deadline.tunnel(null);
  deadline.onRead();
  advance(400_000);
  t.is(fired(), 0);
  deadline.tunnel(reading(100));
  advance(401_000);
  t.is(fired(), 1);
  deadline.body(undefined);
  advance(401_000 + DEFAULT_OPTIONS.stallTimeoutMs - 10);
  t.is(fired(), 1);
  advance(402_000 + DEFAULT_OPTIONS.stallTimeoutMs);
  t.is(fired(), 2);
});

test('a read in a head puts nothing off, also behind a body that was timed', t => {
  const { deadline, advance, fired } = world();
  deadline.body(reading(100));
  deadline.head(reading(200));
  advance(190);
  deadline.onRead();
  advance(300);
  t.is(fired(), 1);
});

const PIECES = [
  'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  'HTTP/1.1 200 OK\r\n\r\nhello',
];

for (const piece of PIECES) {
  test(`a backend that falls silent within its body: the client never takes it for whole, ${JSON.stringify(piece)}`, async t => {
    const bugs = await inWorld(
      [await startAnsweringOrigin(piece)],
      withOptions({ stallTimeoutMs: 30 }),
      async ({ client, origins, router }) => {
        client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
        t.regex(await client.untilEnd(), /hello(?:\r\n)?$/);
        await (await origins[0]?.connection(0))?.untilClosed();
        t.is(router.counters.get('upstream_timeouts'), 1);
        t.is(router.counters.get('upstream_resets'), 0);
        t.is(router.pool.endpoints[0]?.inFlight, 0);
      },
    );
    t.deepEqual(bugs, []);
  });

  test(`an HTTP/1.0 client sees it by a reset where no length was told, ${JSON.stringify(piece)}`, async t => {
    const bugs = await inWorld(
      [await startAnsweringOrigin(piece)],
      withOptions({ stallTimeoutMs: 30 }),
      async ({ client }) => {
        const failure = new Promise<string>(resolve => {
          client.socket.once('error', error => resolve('code' in error ? String(error.code) : ''));
          client.socket.once('close', () => resolve('closed'));
        });
        client.write('GET / HTTP/1.0\r\n\r\n');
        await client.untilEnd();
        client.socket.end();
        t.is(await failure, piece.includes('Content-Length') ? 'closed' : 'ECONNRESET');
      },
    );
    t.deepEqual(bugs, []);
  });
}

test('an early answer may pause for as long as the body of its request is still on its way', async t => {
  const origin = await startOrigin();
  const bugs = await inWorld([origin], withReadTimeout(30), async ({ client, router }) => {
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe');
    const peer = await origin.connection(0);
    await peer.untilText('he');
    peer.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok');
    await client.untilText('ok');
    // Another request, begun later, is cut meanwhile: so the time of the first one was up too.
    const other = await connectRaw(router.port);
    other.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await other.untilText('UpstreamTimeout');
    other.socket.destroy();
    client.write('llo');
    await peer.untilText('hello');
    peer.write('ok');
    t.regex(await client.untilText('okok'), /^HTTP\/1\.1 200 /);
  });
  t.deepEqual(bugs, []);
});

const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';
const UPGRADE = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n';

test('a tunnel whose backend says nothing is closed where the route times its reads', async t => {
  const bugs = await inWorld(
    [await startAnsweringOrigin(`${SWITCHING}first`)],
    withReadTimeout(30),
    async ({ client, origins }) => {
      client.write(UPGRADE);
      t.regex(await client.untilEnd(), /^HTTP\/1\.1 101 [\s\S]*first$/);
      client.socket.end();
      await (await origins[0]?.connection(0))?.untilClosed();
    },
  );
  t.deepEqual(bugs, []);
});
