import test from 'ava';
import { ask } from '../../helpers/ask.ts';
import { bodyOf, startHttp2Pod } from '../../helpers/http2-pod.ts';
import { inHttp2World } from '../../helpers/http2-world.ts';

const GET = 'GET /cart?x=1 HTTP/1.1\r\nHost: a.com\r\nX-User: me\r\nConnection: keep-alive\r\n\r\n';

test('a request becomes a stream: pseudo-fields, Host as :authority, and nothing of one connection', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 200, 'content-length': 2, date: 'now' });
      stream.end('ok');
    },
  });
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    client.write(GET);
    t.is(await client.untilText('\r\n\r\nok'), 'HTTP/1.1 200 \r\ncontent-length: 2\r\ndate: now\r\n\r\nok');
    const [head = {}] = pod.heads;
    t.like(head, {
      ':method': 'GET',
      ':path': '/cart?x=1',
      ':scheme': 'http',
      ':authority': 'a.com',
      'x-user': 'me',
      'x-sluice-track': 'stable',
      'x-forwarded-for': '127.0.0.1',
    });
    for (const name of ['connection', 'host', 'transfer-encoding', 'keep-alive']) t.false(name in head, name);
  });
  t.deepEqual(bugs, []);
});

test('an answer without a length is chunked for HTTP/1.1, its trailers behind it', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 200, date: 'now' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-sum': 'abc' }));
      stream.end('hello');
    },
  });
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    client.write(GET);
    t.is(
      await client.untilText('\r\n\r\n5\r\nhello\r\n0\r\ngrpc-status: 0\r\nx-sum: abc\r\n\r\n'),
      'HTTP/1.1 200 \r\ndate: now\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\ngrpc-status: 0\r\nx-sum: abc\r\n\r\n',
    );
    client.takeReceived();
    client.write('GET / HTTP/1.0\r\n\r\n');
    t.regex(await client.untilEnd(), /\r\n\r\nhello$/);
  });
  t.deepEqual(bugs, []);
});

test('answers without a body: HEAD, 204, 304, and one that ends with its head', async t => {
  const pod = await startHttp2Pod({
    onStream: (stream, head) => {
      const status = Number(head['x-status'] ?? 200);
      stream.respond(
        { ':status': status, ...(head[':method'] === 'HEAD' && { 'content-length': 5 }), date: 'now' },
        { endStream: true },
      );
    },
  });
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    client.write('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    t.is(await client.untilText('\r\n\r\n'), 'HTTP/1.1 200 \r\ncontent-length: 5\r\ndate: now\r\n\r\n');
    for (const status of [204, 304]) {
      client.takeReceived();
      client.write(`GET / HTTP/1.1\r\nHost: a\r\nX-Status: ${status}\r\n\r\n`);
      t.is(await client.untilText('\r\n\r\n'), `HTTP/1.1 ${status} \r\ndate: now\r\n\r\n`);
    }
    client.takeReceived();
    client.write(GET);
    t.is(
      await client.untilText('\r\n0\r\n\r\n'),
      'HTTP/1.1 200 \r\ndate: now\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
  });
  t.deepEqual(bugs, []);
});

test('informational answers come before the final one', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.additionalHeaders({ ':status': 103, link: '<a>' });
      stream.respond({ ':status': 200, 'content-length': 0, date: 'now' }, { endStream: true });
    },
  });
  await inHttp2World([pod], {}, async ({ client }) => {
    client.write(GET);
    t.is(
      await client.untilText('content-length: 0\r\ndate: now\r\n\r\n'),
      'HTTP/1.1 103 \r\nlink: <a>\r\n\r\nHTTP/1.1 200 \r\ncontent-length: 0\r\ndate: now\r\n\r\n',
    );
  });
});

const uploads = {
  'a small one': ['Content-Length: 5\r\n\r\nhello', 'hello'],
  'one of known length': [`Content-Length: 40000\r\n\r\n${'x'.repeat(40_000)}`, 'x'.repeat(40_000)],
  'a chunked one': [
    'Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
    'hello world',
  ],
  'an empty chunked one': ['Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', ''],
} as const;

for (const [title, [text, content]] of Object.entries(uploads))
  test(`a body goes without its chunks: ${title}`, async t => {
    const pod = await startHttp2Pod({
      onStream: stream => {
        void bodyOf(stream).then(body => {
          stream.respond({ ':status': 200, 'content-length': body.length, date: 'now' });
          stream.end(body);
        });
      },
    });
    const bugs = await inHttp2World([pod], {}, async ({ client }) => {
      client.write(`POST / HTTP/1.1\r\nHost: a\r\n${text}`);
      const answer = await client.until(
        ({ received }) => received.includes('\r\n\r\n') && received.endsWith(content),
      );
      t.is(answer.slice(answer.indexOf('\r\n\r\n') + 4), content);
      t.is(pod.heads[0]?.['content-length'], title.includes('chunked') ? undefined : String(content.length));
    });
    t.deepEqual(bugs, []);
  });

test('trailers of a request go along', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.on('trailers', trailers => {
        stream.respond({ ':status': 200, 'x-sum': String(trailers['x-sum']) }, { endStream: true });
      });
      stream.resume();
    },
  });
  await inHttp2World([pod], {}, async ({ client }) => {
    client.write(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n',
    );
    t.regex(await client.untilText('\r\n0\r\n\r\n'), /\r\nx-sum: 7\r\n/);
  });
});

test('requests of many clients share one connection, as many as a pod takes', async t => {
  for (const [limit, connections] of [
    [undefined, 1],
    [4, 3],
  ] as const) {
    let waiting: (() => void)[] = [];
    const pod = await startHttp2Pod({
      ...(limit !== undefined && { settings: { maxConcurrentStreams: limit } }),
      onStream: stream => {
        waiting.push(() => {
          stream.respond({ ':status': 200 });
          stream.end('ok');
        });
        if (waiting.length === 12) for (const answer of waiting.splice(0)) answer();
      },
    });
    const bugs = await inHttp2World([pod], {}, async ({ router }) => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask(router.port, 'a.com')));
      t.deepEqual(
        answers.map(({ body }) => body),
        Array(12).fill('ok'),
      );
      t.is(pod.sessions.length, connections, `limit ${limit}`);
      t.is(router.counters.get('retries'), 0);
      t.is(router.pool.endpoints[0]?.inFlight, 0);
    });
    waiting = [];
    t.deepEqual(bugs, []);
  }
});

test('a megabyte each way, more than the windows hold', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 200 });
      stream.pipe(stream);
    },
  });
  const bugs = await inHttp2World([pod], {}, async ({ client }) => {
    const content = Buffer.alloc(1_048_576, 'sluice').toString('latin1');
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n${content}`);
    const text = await client.untilText('\r\n0\r\n\r\n');
    let body = '';
    let at = text.indexOf('\r\n\r\n') + 4;
    for (;;) {
      const lineEnd = text.indexOf('\r\n', at);
      const size = Number.parseInt(text.slice(at, lineEnd), 16);
      if (size === 0) break;
      body += text.slice(lineEnd + 2, lineEnd + 2 + size);
      at = lineEnd + 4 + size;
    }
    t.true(body === content);
  });
  t.deepEqual(bugs, []);
});

test('a client that goes away has its stream cancelled, and its neighbours go on', async t => {
  let cancelled: (code: number) => void = () => undefined;
  const cancel = new Promise<number>(resolve => {
    cancelled = resolve;
  });
  const pod = await startHttp2Pod({
    onStream: (stream, head) => {
      if (head[':path'] === '/ok') {
        stream.respond({ ':status': 200 });
        stream.end('ok');
        return;
      }
      stream.on('close', () => cancelled(stream.rstCode));
      stream.respond({ ':status': 200 });
      stream.write('first');
    },
  });
  const bugs = await inHttp2World([pod], {}, async ({ client, router }) => {
    client.write(GET);
    await client.untilText('first');
    client.socket.resetAndDestroy();
    t.is(await cancel, 8);
    t.is((await ask(router.port, 'a.com', { path: '/ok' })).body, 'ok');
    t.is(pod.sessions.length, 1);
  });
  t.deepEqual(bugs, []);
});

test('a pod that goes away finishes what runs, and gets nothing new on that connection', async t => {
  let finish: () => void = () => undefined;
  const pod = await startHttp2Pod({
    onStream: (stream, head) => {
      stream.respond({ ':status': 200 });
      if (head[':path'] === '/slow') {
        stream.write('half');
        finish = () => stream.end(' done');
        stream.session?.goaway(0, 2 ** 31 - 1);
      } else stream.end('ok');
    },
  });
  const bugs = await inHttp2World([pod], {}, async ({ client, router }) => {
    client.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.untilText('half');
    t.is((await ask(router.port, 'a.com')).body, 'ok');
    t.is(pod.sessions.length, 2);
    finish();
    await client.untilText(' done\r\n0\r\n\r\n');
    t.is(router.counters.get('upstream_resets'), 0);
  });
  t.deepEqual(bugs, []);
});

test('a pod that speaks HTTP/1.1 only is a fault, and at once', async t => {
  const { startAnsweringOrigin } = await import('../../helpers/recording-origin.ts');
  const origin = await startAnsweringOrigin('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
  const bugs = await inHttp2World([origin], {}, async ({ client }) => {
    client.write(GET);
    t.regex(await client.untilText('UpstreamFault'), /^HTTP\/1\.1 502 /);
  });
  t.deepEqual(bugs, []);
});

test('a WebSocket cannot be had: the pod sees an ordinary request', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 400, 'content-length': 0 }, { endStream: true });
    },
  });
  await inHttp2World([pod], {}, async ({ client }) => {
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    t.regex(await client.untilText('\r\n\r\n'), /^HTTP\/1\.1 400 /);
    t.false('upgrade' in (pod.heads[0] ?? {}));
  });
});

test('idle connections are closed after a while, and those of an endpoint that has left the plan at once', async t => {
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    },
  });
  const closed = (nth: number): Promise<void> =>
    new Promise(resolve => {
      pod.sessions[nth]?.once('close', resolve);
    });
  await inHttp2World([pod], { options: { upstreamIdleMs: 50 } }, async ({ router }) => {
    await ask(router.port, 'a.com');
    await closed(0);
    t.pass();
  });
  const other = await startHttp2Pod({
    onStream: stream => {
      stream.respond({ ':status': 200 });
      stream.end('ok');
    },
  });
  await inHttp2World([other], { options: { upstreamIdleMs: 60_000 } }, async ({ router }) => {
    await ask(router.port, 'a.com');
    const gone = new Promise<void>(resolve => {
      other.sessions[0]?.once('close', resolve);
    });
    router.pool.retire();
    await gone;
    t.pass();
  });
});

test('an answer that does not come in time is 504, and its stream is cancelled', async t => {
  const codes: number[] = [];
  const pod = await startHttp2Pod({
    onStream: stream => {
      stream.on('close', () => codes.push(stream.rstCode));
    },
  });
  await inHttp2World([pod], { options: { responseHeadTimeoutMs: 30 } }, async ({ client }) => {
    client.write(GET);
    t.regex(await client.untilText('UpstreamTimeout'), /^HTTP\/1\.1 504 /);
  });
  t.deepEqual(codes, [8]);
});
