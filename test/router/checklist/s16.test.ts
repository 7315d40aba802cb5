// S16: http-proxy < 1.18.1, http-proxy-middleware 2024-21536, SNICallback throw 2026-21637, fastify-http-proxy #472.
import test from 'ava';
import { readProxyHeader } from '../../../router/client/proxy-protocol.ts';
import { BodyFraming, FRAMING } from '../../../router/http1/body-framing.ts';
import type { BodySink } from '../../../router/http1/chunked-body.ts';
import { HeadReader } from '../../../router/http1/head-reader.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';
import { ResponseHead } from '../../../router/http1/response-head.ts';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';
const WS = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const SWITCH = 'HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** Where an exchange can stand: what the client has sent, and what the backend has answered (null: it saw nothing). */
const STATES: Readonly<Record<string, readonly [client: string, origin: string | null]>> = {
  'before the first byte': ['', null],
  'in the request line': ['GET /a', null],
  'in a field': ['GET / HTTP/1.1\r\nHost: a\r\nA: b', null],
  'behind a head that is refused': ['GET / HTTP/1.1\r\n\r\n', null],
  'between request and answer': [GET, ''],
  'in the request body': [`${POST}Content-Length: 9\r\n\r\nabc`, ''],
  'in a chunk': [`${POST}Transfer-Encoding: chunked\r\n\r\n9\r\nabc`, ''],
  'while a 100 is awaited': [`${POST}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`, ''],
  'behind a 100': [`${POST}Expect: 100-continue\r\nContent-Length: 9\r\n\r\n`, 'HTTP/1.1 100 C\r\n\r\n'],
  'in the answer’s head': [GET, 'HTTP/1.1 200 OK\r\nA'],
  'in the answer’s body': [GET, 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'],
  'in a chunk of the answer': [GET, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc'],
  'in an answer until close': [GET, 'HTTP/1.1 200 OK\r\n\r\nabc'],
  'answered early, body still coming': [`${POST}Content-Length: 9\r\n\r\nabc`, OK],
  'answered, with requests behind it': [`${GET}${GET}${GET}`, OK],
  'between two requests': [GET, OK],
  'while an upgrade is awaited': [WS, ''],
  'in a tunnel': [`${WS}abc`, `${SWITCH}def`],
};

for (const side of ['client', 'origin', 'both'] as const) {
  test(`S16 ECONNRESET by ${side} in each of ${Object.keys(STATES).length} states: nothing throws, nothing stays, others are served`, async t => {
    const origin = await startOrigin();
    const router = await startOnePoolRouter([origin.port]);
    for (const [state, [asked, answered]] of Object.entries(STATES)) {
      const before = origin.connections.length;
      const client = await connectRaw(router.port);
      client.write(asked);
      const peer = answered === null ? null : await origin.connection(before);
      await peer?.untilText('\r\n\r\n');
      peer?.write(answered ?? '');
      for (let turn = 0; turn < 4; turn += 1) await socketsRead();
      if (side !== 'origin') client.socket.resetAndDestroy();
      if (side !== 'client') peer?.socket.resetAndDestroy();
      for (let turn = 0; turn < 4; turn += 1) await socketsRead();
      client.socket.destroy();
      for (const { socket } of origin.connections) socket.destroy();
      t.deepEqual(router.bugs, [], state);
    }
    const left = (): number =>
      router.counters.get('connections_accepted') - router.counters.get('connections_closed');
    while (left() > 0) await socketsRead();
    t.is(
      router.pool.endpoints.reduce((sum, { inFlight }) => sum + inFlight, 0),
      0,
    );
    const before = origin.connections.length;
    const client = await connectRaw(router.port);
    client.write(GET);
    const peer = await origin.connection(before);
    await peer.untilText('\r\n\r\n');
    peer.write(OK);
    t.is(await client.untilText('ok'), OK);
    client.socket.destroy();
    await router.close();
    await origin.close();
  });
}

test('S16 characters that no header may hold, from a backend: 502 for that request, and the next one is served', async t => {
  const bad = [
    'A: \0',
    'A: \x7f',
    'A: \x01',
    'A: b\rC: d',
    'A\x80: b',
    'A b: c',
    ': b',
    'A: b\nC: d',
    '\xff\xfe',
  ];
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port]);
  for (const line of bad) {
    const before = origin.connections.length;
    const client = await connectRaw(router.port);
    client.write(GET);
    const peer = await origin.connection(before);
    await peer.untilText('\r\n\r\n');
    peer.write(OK.replace('Date', `${line}\r\nDate`));
    t.regex(await client.untilText('request id'), /^HTTP\/1\.1 502 /, JSON.stringify(line));
    client.socket.destroy();
  }
  t.is(router.counters.get('upstream_faults'), bad.length);
  t.deepEqual(router.bugs, []);
  await router.close();
  await origin.close();
});

/** mulberry32 */
const seeded = (seed: number): ((below: number) => number) => {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

const SEED = Number(process.env.S16_SEED ?? 16);
const INPUTS = 40_000;
const NOWHERE: BodySink = { bodyBytes: () => undefined, bodyText: () => undefined };
const SEEDS: readonly string[] = [
  GET,
  WS,
  `${POST}Content-Length: 3\r\n\r\nabc`,
  `${POST}Transfer-Encoding: chunked\r\n\r\n3;a="b"\r\nabc\r\n0\r\nT: 1\r\n\r\n`,
  'GET http://[::1]:80/%41/../b;c?d HTTP/1.0\r\nCookie: a=b; c="d"\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n',
  OK,
  SWITCH,
  'HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nConnection: close, x\r\nKeep-Alive: timeout=5\r\n\r\n0\r\n\r\n',
  'PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n',
  '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x01\x01\x01\x01\x02\x02\x02\x02\0\x01\0\x02',
];
const BITS = [
  '\r\n',
  '\r',
  '\n',
  ' ',
  '\0',
  '9',
  ':',
  ';',
  ',',
  '"',
  '%',
  '\xff',
  'chunked',
  '__proto__',
  '[',
  '\t',
  '',
];

test(`S16 ${INPUTS} mutated inputs (S16_SEED=${SEED}) to everything that reads bytes: an answer each, and nothing thrown`, t => {
  const draw = seeded(SEED);
  const request = new RequestHead();
  const response = new ResponseHead();
  const framing = new BodyFraming();
  let accepted = 0;
  for (let nth = 0; nth < INPUTS; nth += 1) {
    let text = SEEDS[draw(SEEDS.length)] ?? '';
    for (let edits = 1 + draw(3); edits > 0; edits -= 1) {
      const at = draw(text.length + 1);
      text = text.slice(0, at) + (BITS[draw(BITS.length)] ?? '') + text.slice(at + draw(4));
    }
    const bytes = Buffer.from(text, 'latin1');
    try {
      readProxyHeader(bytes);
      const reader = new HeadReader();
      const cut = draw(bytes.length + 1);
      reader.append(bytes.subarray(0, cut));
      let head = reader.next();
      if (head === null) {
        reader.append(bytes.subarray(cut));
        head = reader.next();
      }
      if (typeof head === 'string') {
        if (request.parse(head) === null) {
          accepted += 1;
          request.cookie('a');
          request.queryParameter('d');
          request.fields.sentValue('x-forwarded-for');
        }
        response.parse(head);
      }
      framing.begin(draw(2) === 0 ? FRAMING.chunked : FRAMING.length, draw(10));
      framing.take(bytes, 0, bytes.length, NOWHERE);
    } catch (error) {
      t.fail(`${JSON.stringify(text)}: ${error instanceof Error ? error.stack : String(error)}`);
      return;
    }
  }
  t.true(accepted > 1_000, `${accepted} were valid requests`);
});
