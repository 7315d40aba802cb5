// S15: slowloris, slow bodies, slow readers (slowhttptest -H -B -X), Envoy CVE-2020-12604.
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import test from 'ava';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const LARGE = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${4_194_304}\r\n\r\n`),
  Buffer.alloc(4_194_304, 'x'),
]);
const SLOW_HEADS = 450;
const SLOW_BODIES = 450;
const SLOW_READERS = 100;
const GOOD = 400;
/** 100 a second. */
const EVERY_MS = 10;
/** DESIGN 7: held for a stream and direction. */
const MAX_HELD_BYTES = 65_536;

const sockets: Socket[] = [];
for (const channel of ['net.server.socket', 'net.client.socket'])
  subscribe(channel, message => sockets.push((message as { readonly socket: Socket }).socket));

const inTurns = async (count: number, work: (nth: number) => Promise<void> | void): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    let nth = 0;
    const pacing = setInterval(() => {
      Promise.resolve(work(nth)).catch(reject);
      nth += 1;
      if (nth < count) return;
      clearInterval(pacing);
      resolve();
    }, EVERY_MS);
  });
};

test.serial(
  `S15 ${SLOW_HEADS} slow heads, ${SLOW_BODIES} slow bodies and ${SLOW_READERS} slow readers: ${GOOD} good requests beside them are all answered`,
  async t => {
    const origin = await startOrigin({
      onConnection: peer => {
        let answered = 0;
        peer.socket.on('data', () => {
          for (;;) {
            const end = peer.received.indexOf('\r\n\r\n', answered);
            if (end === -1) return;
            const head = peer.received.slice(answered, end + 4);
            answered = end + 4;
            if (head.startsWith('GET /large')) peer.socket.write(LARGE);
            else if (head.startsWith('GET ')) peer.write(OK);
          }
        });
      },
    });
    const router = await startOnePoolRouter([origin.port], { options: { requestHeadTimeoutMs: 1_500 } });
    const slow = async (count: number, start: string): Promise<readonly RawPeer[]> => {
      const clients: RawPeer[] = [];
      for (let nth = 0; nth < count; nth += 1) {
        const client = await connectRaw(router.port);
        if (start.includes('/large')) client.socket.pause();
        client.write(start);
        clients.push(client);
      }
      return clients;
    };
    const heads = await slow(SLOW_HEADS, 'GET / HTTP/1.1\r\nHost: a\r\nA: ');
    const bodies = await slow(SLOW_BODIES, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
    const readers = await slow(SLOW_READERS, 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n');

    const good = await Promise.all(Array.from({ length: 4 }, () => connectRaw(router.port)));
    let asked = 0;
    await inTurns(GOOD, nth => {
      good[nth % good.length]?.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      asked += 1;
      // Each of them moves, a byte at a time: what moves is not idle.
      for (let at = nth % 10; at < SLOW_HEADS; at += 10) heads[at]?.write('b');
      for (let at = nth % 10; at < SLOW_BODIES; at += 10) bodies[at]?.write('c');
    });
    for (const client of good) await client.untilLength((OK.length * GOOD) / good.length);
    t.is(asked, GOOD);
    for (const { received } of good) t.is(received, OK.repeat(GOOD / good.length));

    const own = sockets.filter(
      ({ destroyed, localPort, remotePort }) =>
        !destroyed && (localPort === router.port || remotePort === origin.port),
    );
    t.true(own.length >= 2 * (SLOW_BODIES + SLOW_READERS));
    for (const socket of own) t.true(socket.writableLength + socket.readableLength <= MAX_HELD_BYTES);

    // Bytes that trickle in do not put the end of a head off.
    for (const client of heads) await client.untilEnd();
    t.is(heads.filter(({ received }) => received.startsWith('HTTP/1.1 408 ')).length, SLOW_HEADS);
    t.is(bodies.filter(({ hasEnded }) => hasEnded).length, 0);
    for (const client of [...heads, ...bodies, ...readers, ...good]) client.socket.destroy();
    const left = (): number =>
      router.counters.get('connections_accepted') - router.counters.get('connections_closed');
    while (left() > 0) await socketsRead();
    t.deepEqual(router.bugs, []);
    await router.close();
    await origin.close();
  },
);
