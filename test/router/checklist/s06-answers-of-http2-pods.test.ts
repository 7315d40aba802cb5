// S6 and S7 for pods that speak HTTP/2: what no library would send is never passed on, and spoils no neighbour.
import test from 'ava';
import { FLAG, FRAME } from '../../../router/http2/frame.ts';
import { ask } from '../../helpers/ask.ts';
import { block, data, frame, headers, type RawField } from '../../helpers/http2-frames.ts';
import { inHttp2World } from '../../helpers/http2-world.ts';
import { answer, framesFrom, head, play, startRawHttp2Pod } from '../../helpers/raw-http2-pod.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = [
  [':status', '200'],
  ['content-length', '2'],
  ['date', 'now'],
] as const;

type Script = (id: number) => readonly Buffer[];
type Fields = readonly RawField[];

const wellAnswered: Script = id => [head(id, OK), data(id, 'ok', FLAG.endStream)];

/** The first request gets the answer of `script`, those after it a good one. */
const scripted = (script: Script) =>
  startRawHttp2Pod((peer, id, nth) => play(peer, nth === 0 ? script(id) : wellAnswered(id)));

const answered = test.macro({
  async exec(t, script: Script, client: RegExp, connections: number) {
    const pod = await scripted(script);
    const bugs = await inHttp2World([pod], {}, async world => {
      world.client.write(GET);
      const text = await world.client.until(({ received, hasEnded }) => hasEnded || client.test(received));
      t.regex(text, client);
      t.is(
        world.router.counters.get('upstream_faults') + world.router.counters.get('upstream_unsolicited'),
        1,
      );
      // The neighbour: on the same connection where only a stream was at fault.
      if (world.client.hasEnded) return;
      world.client.takeReceived();
      world.client.write(GET);
      t.is(
        await world.client.untilText('\r\n\r\nok'),
        'HTTP/1.1 200 \r\ncontent-length: 2\r\ndate: now\r\n\r\nok',
      );
      t.is(pod.connections.length, connections);
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '') => `S6 ${title}`,
});

const FAULT = /^HTTP\/1\.1 502 [\s\S]*UpstreamFault[\s\S]*id: \w+\n$/;

const withFields =
  (fields: Fields): Script =>
  id => [headers(id, fields)];

const MALFORMED: Readonly<Record<string, Fields>> = {
  'no :status': [['a', 'b']],
  'two :status': [
    [':status', '200'],
    [':status', '204'],
  ],
  ':status that is none': [[':status', '2000']],
  ':status with a sign': [[':status', '+20']],
  ':status 099': [[':status', '099']],
  '101 has no place in HTTP/2': [[':status', '101']],
  'a pseudo-field of requests': [
    [':status', '200'],
    [':path', '/'],
  ],
  ':status behind a field': [
    ['a', 'b'],
    [':status', '200'],
  ],
  'a name in upper case': [
    [':status', '200'],
    ['X-A', 'b'],
  ],
  'a name with a space': [
    [':status', '200'],
    ['x a', 'b'],
  ],
  'a name with a colon': [
    [':status', '200'],
    ['x:a', 'b'],
  ],
  'an empty name': [
    [':status', '200'],
    ['', 'b'],
  ],
  'CR LF in a value': [
    [':status', '200'],
    ['a', 'b\r\nSet-Cookie: x=1'],
  ],
  'NUL in a value': [
    [':status', '200'],
    ['a', 'b\0'],
  ],
  Connection: [
    [':status', '200'],
    ['connection', 'close'],
  ],
  'Transfer-Encoding': [
    [':status', '200'],
    ['transfer-encoding', 'chunked'],
  ],
  Upgrade: [
    [':status', '200'],
    ['upgrade', 'h2c'],
  ],
  'two Content-Length': [
    [':status', '200'],
    ['content-length', '0'],
    ['content-length', '0'],
  ],
  'Content-Length that is no number': [
    [':status', '200'],
    ['content-length', '+0'],
  ],
  'less DATA than Content-Length, none at all': [
    [':status', '200'],
    ['content-length', '2'],
  ],
  'a 1xx that ends the stream': [[':status', '103']],
};

for (const [title, fields] of Object.entries(MALFORMED))
  test(`${title}: 502, and only the stream is reset`, answered, withFields(fields), FAULT, 1);

test(
  'a flood of 1xx: 502',
  answered,
  id => [...Array.from({ length: 40 }, () => head(id, [[':status', '103']])), ...wellAnswered(id)],
  /HTTP\/1\.1 502 [\s\S]*id: \w+\n$/,
  1,
);
test('trailers in place of a head: 502', answered, id => [headers(id, [['grpc-status', '0']])], FAULT, 1);
test('DATA before a head: 502', answered, id => [data(id, 'x', FLAG.endStream)], FAULT, 1);

const cut = test.macro({
  async exec(t, script: Script) {
    const pod = await scripted(script);
    const bugs = await inHttp2World([pod], {}, async ({ client, router }) => {
      client.write(GET);
      const text = await client.untilEnd();
      t.regex(text, /^HTTP\/1\.1 200 /);
      t.false(/and more|\r\n0\r\n/.test(text));
      t.is(router.counters.get('upstream_faults'), 1);
      const neighbour = await ask(router.port, 'a');
      t.is(neighbour.body, 'ok');
      t.is(pod.connections.length, 1);
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '') => `S6 ${title}`,
});

test('more DATA than Content-Length: the answer breaks off', cut, id => [
  head(id, [
    [':status', '200'],
    ['content-length', '2'],
  ]),
  data(id, 'ok, and more', FLAG.endStream),
]);
test('less DATA than Content-Length: the answer breaks off', cut, id => [
  head(id, [
    [':status', '200'],
    ['content-length', '9'],
  ]),
  data(id, 'ok', FLAG.endStream),
]);
test('trailers that frame anew: the answer has no end', cut, id => [
  head(id, [[':status', '200']]),
  data(id, 'ok'),
  headers(id, [['content-length', '5']]),
]);
test('trailers with a pseudo-field: the answer has no end', cut, id => [
  head(id, [[':status', '200']]),
  data(id, 'ok'),
  headers(id, [[':status', '500']]),
]);

test('S6 trailers that would be taken for fields of the head are dropped, the others pass', async t => {
  const pod = await scripted(id => [
    head(id, [
      [':status', '200'],
      ['date', 'now'],
    ]),
    data(id, 'ok'),
    headers(id, [
      ['set-cookie', 'a=b'],
      ['x-forwarded-for', '6.6.6.6'],
      ['grpc-status', '0'],
    ]),
  ]);
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    client.write(GET);
    t.regex(await client.untilText('\r\n\r\n2\r\nok\r\n0\r\ngrpc-status: 0\r\n\r\n'), /^HTTP\/1\.1 200 /);
    t.false(/cookie|forwarded/.test(client.received));
  });
  t.deepEqual(bugs, []);
});

test("S7 a body behind the head of HEAD is nobody's, and the stream is not used again", async t => {
  const pod = await scripted(id => [head(id, OK), data(id, 'ok', FLAG.endStream)]);
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    client.write(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${GET}`);
    await client.untilText('\r\n\r\nok');
    t.is(client.received.split('HTTP/1.1 200').length, 3);
    t.is(client.received.split('\r\nok').length, 2);
  });
  t.deepEqual(bugs, []);
});

test('S7 frames for streams that nobody has opened end the connection, and the request goes wrong alone', async t => {
  const pod = await scripted(id => [headers(id + 2, OK)]);
  const bugs = await inHttp2World([pod], {}, async ({ client, router }) => {
    client.write(GET);
    await client.untilText('UpstreamFault');
    t.is(router.counters.get('upstream_faults'), 1);
    client.takeReceived();
    client.write(GET);
    await client.untilText('\r\n\r\nok');
    t.is(pod.connections.length, 2);
  });
  t.deepEqual(bugs, []);
});

test("S7 answers to a stream that was given up are nobody's: none of 20 is crossed with another", async t => {
  const late: (() => void)[] = [];
  let seen: () => void = () => undefined;
  const pod = await startRawHttp2Pod((peer, id, nth) => {
    const say = (text: string): void => play(peer, [answer(id, text)]);
    if (nth % 2 === 0) {
      late.push(() => say(`late ${nth}`));
      seen();
      return;
    }
    for (const send of late.splice(0)) send();
    say(`mine ${nth}`);
  });
  const bugs = await inHttp2World([pod], {}, async ({ client, router }) => {
    for (let nth = 1; nth < 40; nth += 2) {
      const isSeen = new Promise<void>(resolve => {
        seen = resolve;
      });
      const impatient = await connectRaw(router.port);
      impatient.write(GET);
      await isSeen;
      impatient.socket.resetAndDestroy();
      const connection = await pod.connection(0);
      await connection.until(
        peer => framesFrom(peer).filter(({ type }) => type === FRAME.resetStream).length > nth / 2,
      );
      client.takeReceived();
      client.write(GET);
      await client.untilText(`\r\n\r\nmine ${nth}`);
    }
    t.is(pod.connections.length, 1);
    t.is(router.counters.get('upstream_faults'), 0);
  });
  t.deepEqual(bugs, []);
});

test('S14 an answer whose head is larger than any head is 502', async t => {
  const pod = await scripted(id => {
    const fields: Fields = [
      [':status', '200'],
      ...Array.from({ length: 600 }, (_, n) => [`x-${n}`, 'v'.repeat(100)] as const),
    ];
    const bytes = block(fields);
    const pieces: Buffer[] = [frame(FRAME.headers, FLAG.endStream, id, bytes.subarray(0, 16_000))];
    for (let at = 16_000; at < bytes.length; at += 16_000)
      pieces.push(
        frame(FRAME.continuation, at + 16_000 >= bytes.length ? 4 : 0, id, bytes.subarray(at, at + 16_000)),
      );
    return pieces;
  });
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    client.write(GET);
    t.regex(await client.untilText('UpstreamFault'), /^HTTP\/1\.1 502 /);
  });
  t.deepEqual(bugs, []);
});
