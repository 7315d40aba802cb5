import test from 'ava';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import type { OnePoolOptions } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld, withOptions, withReadTimeout } from '../../helpers/router-world.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const HOST = 'Host: a\r\n';

const refusals = test.macro({
  async exec(t, status: number, ...requests: string[]) {
    const bugs = await inWorld([await startAnsweringOrigin(OK)], {}, async ({ router, origins }) => {
      for (const request of requests) {
        const client = await connectRaw(router.port);
        client.write(`${request}GET /smuggled HTTP/1.1\r\n${HOST}\r\n`);
        const text = await client.untilEnd();
        t.true(
          text.startsWith(`HTTP/1.1 ${status} `),
          `${JSON.stringify(request.slice(0, 80))}: ${text.slice(0, 40)}`,
        );
        t.is([...text.matchAll(/HTTP\/1\.1 \d{3} /g)].length, 1, 'one answer, and nothing after it');
        t.regex(text, /\r\nConnection: close\r\n[\s\S]*request id: [0-9a-f]{32}\n$/);
        client.socket.destroy();
      }
      t.is(origins[0]?.connections.length, 0, 'the backend saw nothing');
      t.is(router.counters.get('refused'), requests.length);
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '', status) => `${status} and close: ${title}`,
});

const post = (fields: string, body = ''): string => `POST / HTTP/1.1\r\n${HOST}${fields}\r\n\r\n${body}`;

test(
  'S5: CL.TE, TE.CL and their disguises',
  refusals,
  400,
  post('Content-Length: 6\r\nTransfer-Encoding: chunked', '0\r\n\r\nG'),
  post('Transfer-Encoding: chunked\r\nContent-Length: 4', '5c\r\n'),
  post('Content-Length : 5', 'hello'),
  post('Content-Length: 5\r\nContent-Length: 0', 'hello'),
  post('Content-Length: 5\r\ncontent-length: 5', 'hello'),
  post('Content-Length: '),
  post('Content-Length: +5', 'hello'),
  post('Transfer-Encoding : chunked', '0\r\n\r\n'),
  post(' Transfer-Encoding: chunked', '0\r\n\r\n'),
  post('X: y\r\n Transfer-Encoding: chunked', '0\r\n\r\n'),
  post('X: y\nTransfer-Encoding: chunked', '0\r\n\r\n'),
  post('X: y\rTransfer-Encoding: chunked', '0\r\n\r\n'),
  post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n'),
  post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x', '0\r\n\r\n').replace(
    'Encoding: x',
    'Encoding: chunked',
  ),
  `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
);
test(
  'another transfer coding',
  refusals,
  501,
  post('Transfer-Encoding: gzip, chunked'),
  post('Transfer-Encoding: xchunked, deflate\t,  chunked'),
);
test(
  'P5: Host missing, twice or bad',
  refusals,
  400,
  'GET / HTTP/1.1\r\n\r\n',
  `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`,
  'GET / HTTP/1.1\r\nHost: a b\r\n\r\n',
);
test(
  'S12: paths that servers read in two ways',
  refusals,
  400,
  ...['/cart/..;/admin', '/a%00', '/a\\b', '/a#b', '/%zz'].map(path => `GET ${path} HTTP/1.1\r\n${HOST}\r\n`),
);
test(
  'S9: a Connection that names who asks',
  refusals,
  400,
  ...['Host', 'Cookie', 'X-Forwarded-For', 'x-sluice-track'].map(
    name => `GET / HTTP/1.1\r\n${HOST}Connection: close, ${name}\r\n\r\n`,
  ),
);
test(
  'CONNECT and TRACE',
  refusals,
  405,
  'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n',
  `TRACE / HTTP/1.1\r\n${HOST}\r\n`,
);
test('an unknown method', refusals, 501, `FOO / HTTP/1.1\r\n${HOST}\r\n`);
test('another version', refusals, 505, `GET / HTTP/2.0\r\n${HOST}\r\n`, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`);
test('P4: a target over 16 KiB', refusals, 414, `GET /${'a'.repeat(17_000)} HTTP/1.1\r\n${HOST}\r\n`);
test(
  'a header block over 32 KiB or 100 fields',
  refusals,
  431,
  post(`A: ${'x'.repeat(33_000)}`),
  `GET / HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(101)}\r\n`,
);
test(
  'TLS, or noise, on the plain port',
  refusals,
  400,
  '\x16\x03\x01\x02\x00',
  '\0\0\0',
  ' GET / HTTP/1.1\r\n',
);
test('bare line feeds, at once', refusals, 400, `GET / HTTP/1.1\n${HOST}\n`);

test('a refusal is JSON for those who ask for it', async t => {
  await inWorld([], {}, async ({ client }) => {
    client.write(`GET /%zz HTTP/1.1\r\n${HOST}Accept: application/json\r\n\r\n`);
    const text = await client.untilEnd();
    t.like(JSON.parse(text.slice(text.indexOf('{'))), { status: 400, code: 'BadTarget' });
  });
});

test('P31: after close nothing more is read', async t => {
  await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client, origins }) => {
    client.write(`GET / HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n${GET}`);
    t.is(await client.untilEnd(), OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    t.is(origins[0]?.connections[0]?.received.split('GET ').length, 2);
  });
});

test('P19: an HTTP/1.0 connection ends with its answer, whatever it asked for', async t => {
  await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client, origins, router }) => {
    client.write('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    t.regex(await client.untilEnd(), /\r\nConnection: close\r\n\r\nok$/);
    t.regex(
      origins[0]?.connections[0]?.received ?? '',
      new RegExp(`^GET / HTTP/1\\.1\\r\\nHost: 127\\.0\\.0\\.1:${router.port}\\r\\n`),
    );
  });
});

test('a thousand pipelined requests are answered, each once, in order', async t => {
  let answered = 0;
  const origin = await startAnsweringOrigin(() => {
    answered += 1;
    return OK.replace('Content-Length: 2', 'Content-Length: 6').replace(
      'ok',
      String(answered).padStart(6, '0'),
    );
  });
  const answer = { kind: 'answer', status: 404, code: 'NoRoute', reason: 'No route.' } as const;
  const decide: OnePoolOptions['decide'] = request => (request.path === '/none' ? answer : undefined);
  const bugs = await inWorld([origin], { decide }, async ({ client, origins }) => {
    client.write((GET + GET.replace('/', '/none')).repeat(500));
    const text = await client.until(({ received }) => received.split('NoRoute').length === 501);
    const order = [...text.matchAll(/\r\n\r\n(\d{6}|404)/g)].map(([, body]) => body);
    t.is(order.length, 1000);
    t.true(order.every((body, at) => (at % 2 === 1 ? body === '404' : Number(body) === at / 2 + 1)));
    t.is(origins[0]?.connections.length, 1);
  });
  t.deepEqual(bugs, []);
});

test('a client that asks without reading is held back, and gets every answer in the end', async t => {
  const answer = { kind: 'answer', status: 404, code: 'NoRoute', reason: 'x'.repeat(2000) } as const;
  const bugs = await inWorld([], { decide: () => answer }, async ({ client, router }) => {
    client.socket.pause();
    const count = 20_000;
    client.write(GET.repeat(count));
    let before = -1;
    while (before !== router.counters.get('unrouted')) {
      before = router.counters.get('unrouted');
      for (let turn = 0; turn < 20; turn += 1) await socketsRead();
    }
    t.true(before < count, `${before} of ${count} answered into a full socket`);
    let seen = 0;
    client.socket.on('data', (bytes: Buffer) => {
      seen += bytes.toString('latin1').split('code: NoRoute').length - 1;
    });
    client.socket.end();
    client.socket.resume();
    await client.untilEnd();
    t.is(router.counters.get('unrouted'), count);
    t.true(seen > count - 200, 'but for those that a read cut in two');
  });
  t.deepEqual(bugs, []);
});

test('a head that does not complete is a 408; a connection that says nothing just ends', async t => {
  await inWorld(
    [],
    withOptions({ requestHeadTimeoutMs: 20, clientIdleMs: 400 }),
    async ({ client, router }) => {
      const slow = await connectRaw(router.port);
      slow.write('GET / HTTP/1.1\r\nHost');
      t.regex(await slow.untilEnd(), /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*Connection: close/);
      t.is(await client.untilEnd(), '');
      slow.socket.destroy();
    },
  );
});

test('bytes that trickle in do not put off the timeout of the head', async t => {
  await inWorld([], withOptions({ requestHeadTimeoutMs: 50 }), async ({ client }) => {
    client.write('GET / HTTP/1.1\r\nHost: ');
    const trickle = setInterval(() => client.write('a'), 5);
    t.regex(await client.untilEnd(), /^HTTP\/1\.1 408 /);
    clearInterval(trickle);
  });
});

test('a body that stops arriving is a 408, and its upstream socket is closed', async t => {
  await inWorld([await startOrigin()], withOptions({ stallTimeoutMs: 20 }), async ({ client, origins }) => {
    client.write(`${post('Content-Length: 10', 'hello')}`);
    t.regex(await client.untilEnd(), /^HTTP\/1\.1 408 /);
    const peer = await origins[0]?.connection(0);
    await peer?.untilClosed();
  });
});

test('a client that half-closes after its request gets its answer', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.socket.end(GET + GET, 'latin1');
    const peer = await origins[0]?.connection(0);
    for (const length of [1, 2]) {
      await peer?.until(({ received }) => received.split('\r\n\r\n').length === length + 1);
      peer?.write(OK);
      await client.untilLength(length * OK.length);
    }
    t.is(await client.untilEnd(), OK + OK);
  });
});

test('a client that half-closes before its head is complete is let go', async t => {
  await inWorld([], {}, async ({ client }) => {
    client.socket.end('GET / HTTP/1.1\r\n');
    t.is(await client.untilEnd(), '');
  });
});

test('an answer without Date gets one, and nothing else is added', async t => {
  await inWorld(
    [await startAnsweringOrigin('HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 0\r\n\r\n')],
    {},
    async ({ client }) => {
      client.write(GET);
      t.regex(
        await client.untilText('\r\n\r\n'),
        /^HTTP\/1\.1 200 OK\r\nServer: x\r\nContent-Length: 0\r\nDate: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n\r\n$/,
      );
    },
  );
});

const WS = `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

test('S8: an upgrade that is refused is an ordinary answer, and its socket is not used again', async t => {
  for (const answer of [
    OK,
    'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 426 No\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n',
  ]) {
    await inWorld([await startAnsweringOrigin(answer)], {}, async ({ client, origins }) => {
      client.write(WS + GET);
      const answers = await client.until(({ received }) => received.split('HTTP/1.1 ').length === 3);
      t.true(answers.startsWith(answer.slice(0, 12)));
      t.notRegex(answers, /Upgrade/);
      t.is(origins[0]?.connections.length, 2);
    });
  }
});

test('S8: an upgrade with a body is forwarded as an ordinary request', async t => {
  await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client, origins }) => {
    client.write(WS.replace('\r\n\r\n', '\r\nContent-Length: 5\r\n\r\nhello'));
    t.is(await client.untilLength(OK.length), OK);
    t.notRegex(origins[0]?.connections[0]?.received ?? '', /upgrade/i);
  });
});

test('P29: a tunnel carries the last bytes of either side, then both ends close', async t => {
  for (const closing of ['client', 'origin']) {
    await inWorld([await startOrigin({ allowHalfOpen: true })], {}, async ({ client, origins, router }) => {
      client.write(WS);
      const peer = await origins[0]?.connection(0);
      if (peer === undefined) return;
      await peer.untilText('\r\n\r\n');
      peer.write(SWITCH);
      await client.untilText('\r\n\r\n');
      const [one, other] = closing === 'client' ? [client, peer] : [peer, client];
      one.socket.end('last bytes');
      await other.untilText('last bytes');
      await other.untilEnd();
      other.socket.end('and mine');
      if (closing === 'client') await one.untilText('and mine');
      await one.untilClosed();
      await other.untilClosed();
      t.is(router.pool.endpoints[0]?.inFlight, 0);
      t.is(router.counters.get('tunnels'), 1);
    });
  }
});

test('a tunnel whose client vanishes closes the other side', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.write(WS);
    const peer = await origins[0]?.connection(0);
    await peer?.untilText('\r\n\r\n');
    peer?.write(SWITCH);
    await client.untilText('\r\n\r\n');
    client.socket.resetAndDestroy();
    await peer?.untilClosed();
    t.pass();
  });
});

test('a client that ended while its answer stands still is let go, also behind a pipelined request', async t => {
  const origin = await startAnsweringOrigin(head =>
    head.includes('/endless') ? 'HTTP/1.1 200 OK\r\nDate: now\r\n\r\n' : OK,
  );
  // The backend has all the time it likes: it is the client whose time is up.
  const options = { ...withOptions({ stallTimeoutMs: 150 }), ...withReadTimeout(60_000) };
  await inWorld([origin], options, async ({ client, router }) => {
    client.socket.end(GET + GET.replace('/', '/endless'), 'latin1');
    await client.untilText('chunked');
    await client.untilEnd();
    while (router.pool.endpoints[0]?.inFlight !== 0) await socketsRead();
    t.is(router.counters.get('client_aborts'), 1);
  });
});

test('a client that ended before its upgrade was answered ends its side of the tunnel', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.socket.end(`${WS}last bytes`, 'latin1');
    const peer = await origins[0]?.connection(0);
    await peer?.untilText('\r\n\r\n');
    await socketsRead();
    peer?.write(`${SWITCH}first bytes`);
    await client.untilText('first bytes');
    await peer?.untilText('last bytes');
    await peer?.untilEnd();
    t.is(await client.untilEnd(), client.received);
  });
});
