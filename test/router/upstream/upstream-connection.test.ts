import test from 'ava';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld, withOptions } from '../../helpers/router-world.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

const faults = test.macro<string[]>({
  async exec(t, ...answers: string[]) {
    for (const answer of answers) {
      const bugs = await inWorld(
        [await startAnsweringOrigin(answer)],
        {},
        async ({ client, origins, router }) => {
          client.write(GET);
          t.regex(await client.untilText('UpstreamFault'), /HTTP\/1\.1 502 /, JSON.stringify(answer));
          const peer = await origins[0]?.connection(0);
          await peer?.untilClosed();
          t.is(router.counters.get('upstream_faults'), 1);
          t.is(router.pool.endpoints[0]?.inFlight, 0);
        },
      );
      t.deepEqual(bugs, []);
    }
  },
  title: (title = '') => `502, and the socket is closed: ${title}`,
});

const withFields = (...fields: readonly string[]): string[] =>
  fields.map(field => `HTTP/1.1 200 OK\r\n${field}\r\n\r\nok`);

test(
  'an answer framed in two ways',
  faults,
  ...withFields(
    'Content-Length: 2\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  ),
);
test(
  'P11: a bad Content-Length',
  faults,
  ...withFields(
    'Content-Length: x',
    'Content-Length: -1',
    'Content-Length: 2, 2',
    'Content-Length: 2\r\nContent-Length: 2',
    'Content-Length:',
    'Content-Length: 99999999999999999999',
  ),
);
test(
  'another transfer coding',
  faults,
  ...withFields('Transfer-Encoding: gzip', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: identity'),
  'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
);
test(
  'P8: lines that are no fields',
  faults,
  ...withFields('A: b\r\n c', ' A: b', 'A b', ': b', 'A: \0', 'A: b\x7f', 'A: b\rC: d'),
);
test(
  'bare line feeds',
  faults,
  'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
  'HTTP/1.1 200 OK\r\nA: b\nContent-Length: 2\r\n\r\nok',
);
test(
  'a status line that is none',
  faults,
  ...[
    'HTTP/1.1 OK',
    'HTTP/2 200',
    'HTTP/1.1 20',
    'HTTP/1.1  200',
    'ICY 200 OK',
    'HTTP/1.1 099 x',
    'HTTP/1.1 200 \x01',
    '<html>',
    '',
  ].map(line => `${line}\r\nContent-Length: 2\r\n\r\nok`),
);
test('S7: a flood of 1xx', faults, 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(40) + OK);
test(
  'S8: a 101 that nobody asked for',
  faults,
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nbytes',
);
test('a head over 64 KiB', faults, `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(70_000)}`);

test('P7: white space before a colon is taken out of an answer', async t => {
  await inWorld(
    [await startAnsweringOrigin('HTTP/1.1 200 OK\r\nDate : now\r\nContent-Length \t: 2\r\n\r\nok')],
    {},
    async ({ client }) => {
      client.write(GET);
      t.is(await client.untilText('\r\n\r\nok'), OK);
    },
  );
});

test('a malformed chunked answer ends short of its last chunk', async t => {
  await inWorld(
    [
      await startAnsweringOrigin(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n0\r\n\r\n',
      ),
    ],
    {},
    async ({ client, origins }) => {
      client.write(GET);
      const text = await client.untilEnd();
      t.false(text.includes('0\r\n\r\n'));
      const peer = await origins[0]?.connection(0);
      await peer?.untilClosed();
    },
  );
});

test('S7, P17: bytes behind an answer, or on an idle socket, are no answer to anybody', async t => {
  const extra = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
  for (const answer of [
    OK + extra,
    `HTTP/1.1 204 No Content\r\n\r\nevil`,
    `HTTP/1.1 304 Not Modified\r\n\r\nevil`,
    `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n${extra}`,
  ]) {
    await inWorld([await startAnsweringOrigin(answer)], {}, async ({ client, origins, router }) => {
      client.write(GET);
      await client.untilText('\r\n\r\n');
      const first = await origins[0]?.connection(0);
      await first?.untilClosed();
      client.write(GET);
      const second = await origins[0]?.connection(1);
      await second?.untilClosed();
      await socketsRead();
      t.notRegex(client.received, /evil/);
      t.is(router.counters.get('upstream_unsolicited'), 2);
    });
  }
  await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client, origins, router }) => {
    client.write(GET);
    await client.untilLength(OK.length);
    const first = await origins[0]?.connection(0);
    first?.write(extra);
    await first?.untilClosed();
    client.write(GET);
    t.is(await client.untilLength(2 * OK.length), OK + OK);
    t.is(router.counters.get('upstream_unsolicited'), 1);
  });
});

test('S7: a body on an answer to HEAD reaches nobody', async t => {
  await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client, origins }) => {
    client.write('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.untilText('\r\n\r\n');
    const first = await origins[0]?.connection(0);
    await first?.untilClosed();
    client.write(GET);
    const head = OK.slice(0, -2);
    t.is(await client.untilLength(head.length + OK.length), head + OK);
  });
});

test('a socket is used again only as long as its backend said: 4 s, or Keep-Alive less one second', async t => {
  const idle = async (fields: string): Promise<number> => {
    let connections = 0;
    await inWorld(
      [await startAnsweringOrigin(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${fields}\r\n`)],
      withOptions({ upstreamIdleMs: 20 }),
      async ({ client, origins }) => {
        client.write(GET);
        await client.untilText('\r\n\r\n');
        const first = await origins[0]?.connection(0);
        if (fields.includes('9')) await socketsRead();
        else await first?.untilClosed();
        client.takeReceived();
        client.write(GET);
        await client.untilText('\r\n\r\n');
        connections = origins[0]?.connections.length ?? 0;
      },
    );
    return connections;
  };
  t.is(await idle(''), 2);
  t.is(await idle('Keep-Alive: timeout=1\r\n'), 2);
  t.is(await idle('Connection: close\r\n'), 2);
  t.is(await idle('Keep-Alive: timeout=9, max=100\r\n'), 1);
});

test('HTTP/1.0 backends are spoken to, one request a socket', async t => {
  await inWorld(
    [await startAnsweringOrigin('HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok')],
    {},
    async ({ client, origins }) => {
      client.write(GET + GET);
      const text = await client.until(({ received }) => received.split('\r\n\r\nok').length === 3);
      t.regex(text, /^HTTP\/1\.1 200 OK\r\nContent-Length: 2\r\nDate: [\s\S]*HTTP\/1\.1 200 OK\r\n/);
      t.is(origins[0]?.connections.length, 2);
    },
  );
});

test('concurrent requests share no socket, and 3 clients leave 3 idle ones for the next', async t => {
  await inWorld([await startOrigin()], {}, async ({ origins, router }) => {
    const clients = await Promise.all([1, 2, 3].map(() => connectRaw(router.port)));
    for (const round of [1, 2]) {
      for (const [nth, client] of clients.entries()) client.write(`GET /${nth} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const peers = await Promise.all([0, 1, 2].map(nth => origins[0]?.connection(nth)));
      for (const peer of peers) {
        const head = (await peer?.untilText('\r\n\r\n')) ?? '';
        peer?.takeReceived();
        peer?.write(OK.replace('ok', `o${head.charAt(5)}`));
      }
      for (const [nth, client] of clients.entries())
        t.is(await client.untilLength(round * OK.length), OK.replace('ok', `o${nth}`).repeat(round));
    }
    t.is(origins[0]?.connections.length, 3);
    for (const client of clients) client.socket.destroy();
  });
});
