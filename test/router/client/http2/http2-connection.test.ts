import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:http2';
import type { ExecutionContext } from 'ava';
import test from 'ava';
import type { EngineOptions } from '../../../../router/engine.ts';
import { startFramingOrigin } from '../../../helpers/framing-origin.ts';
import { askHttp2, connectHttp2 } from '../../../helpers/http2-client.ts';
import { GET, GREETING, headers } from '../../../helpers/http2-frames.ts';
import { type OnePoolOptions, startOnePoolRouter } from '../../../helpers/one-pool-router.ts';
import { connectRaw } from '../../../helpers/raw-peer.ts';
import {
  deadOrigin,
  type RecordingOrigin,
  startAnsweringOrigin,
  startOrigin,
} from '../../../helpers/recording-origin.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

const startRouter = async (
  t: ExecutionContext,
  origin: Pick<RecordingOrigin, 'port' | 'close'>,
  options: Partial<EngineOptions> = {},
  more: OnePoolOptions = {},
) => {
  const router = await startOnePoolRouter([origin.port], { ...more, options: { h2c: true, ...options } });
  t.teardown(async () => {
    await router.close();
    await origin.close();
    // Where it can no longer be an assertion of the test.
    if (router.bugs.length > 0) throw new Error(router.bugs.join('\n'));
  });
  return router;
};

test('a GET reaches a pod as HTTP/1.1, and its answer comes back', async t => {
  const origin = await startFramingOrigin(OK);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, { ':path': '/cart?x=1', foo: 'bar', cookie: ['a=1', 'b=2'] });
  t.is(answer.status, 200);
  t.is(answer.body.toString(), 'ok');
  t.is(answer.headers['content-length'], '2');
  t.is(answer.code, constants.NGHTTP2_NO_ERROR);
  const [request] = origin.takeRequests();
  t.regex(request?.head ?? '', /^GET \/cart\?x=1 HTTP\/1\.1\r\nhost: a\.com\r\n/i);
  t.regex(request?.head ?? '', /\r\nfoo: bar\r\n/);
  t.regex(request?.head ?? '', /\r\ncookie: a=1; b=2\r\n/i);
  t.regex(request?.head ?? '', /\r\nx-sluice-track: stable\r\n/);
  t.regex(request?.head ?? '', /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/);
  t.notRegex(request?.head ?? '', /\r\n:/);
});

test('HTTP/1.1 goes on to work on a port that also takes HTTP/2, cut where it may', async t => {
  const origin = await startFramingOrigin(OK);
  const router = await startRouter(t, origin);
  for (const cut of [1, 3, 10]) {
    const text = 'PUT /x HTTP/1.1\r\nHost: a.com\r\nContent-Length: 0\r\n\r\n';
    const client = await connectRaw(router.port);
    client.write(text.slice(0, cut));
    await new Promise(resolve => setTimeout(resolve, 20));
    client.write(text.slice(cut));
    t.regex(await client.untilText('ok'), /^HTTP\/1\.1 200/);
    client.socket.destroy();
  }
});

test('a preface that does not go on is let go', async t => {
  const router = await startRouter(t, deadOrigin(), { requestHeadTimeoutMs: 50 });
  const client = await connectRaw(router.port);
  client.write('PRI * HTTP');
  t.is(await client.untilEnd(), '');
});

test('without --h2c a preface is an HTTP/1.1 request like any other that is none', async t => {
  const router = await startRouter(t, deadOrigin(), { h2c: false });
  const client = await connectRaw(router.port);
  client.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  t.regex(await client.untilEnd(), /^HTTP\/1\.1 50[15] /);
});

const BIG = randomBytes(3_000_000);
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('a body of known length goes up as it is', async t => {
  const origin = await startFramingOrigin(OK);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, { ':method': 'POST', 'content-length': '5' }, 'hello');
  t.is(answer.status, 200);
  const [request] = origin.takeRequests();
  t.is(request?.body, 'hello');
  t.notRegex(request?.head ?? '', /transfer-encoding/i);
});

test('a body of unknown length goes up in chunks', async t => {
  const origin = await startFramingOrigin(OK);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, { ':method': 'POST' }, ['hel', 'lo']);
  t.is(answer.status, 200);
  const [request] = origin.takeRequests();
  t.regex(request?.head ?? '', /\r\ntransfer-encoding: chunked\r\n/i);
  t.regex(request?.body ?? '', /hel[\s\S]*lo\r\n0\r\n\r\n$/);
});

test('an empty body of unknown length is a whole request', async t => {
  const origin = await startFramingOrigin(OK);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  t.is((await askHttp2(session, { ':method': 'POST' }, '')).status, 200);
  t.is(origin.takeRequests()[0]?.body, '0\r\n\r\n');
});

test('megabytes go up and down whole, through windows of 64 KiB', async t => {
  const origin = await startFramingOrigin(
    ({ body }) =>
      `HTTP/1.1 200 OK\r\nDate: now\r\nX-Digest: ${digest(Buffer.from(body, 'latin1'))}\r\nContent-Length: ${BIG.length}\r\n\r\n${BIG.toString('latin1')}`,
  );
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const asked = [1, 2, 3].map(() =>
    askHttp2(session, { ':method': 'PUT', 'content-length': String(BIG.length) }, BIG),
  );
  for (const answer of await Promise.all(asked)) {
    t.is(answer.headers['x-digest'], digest(BIG));
    t.is(digest(answer.body), digest(BIG));
  }
});

test('a chunked answer loses its chunks and keeps its trailers', async t => {
  const origin = await startAnsweringOrigin(
    'HTTP/1.1 200 OK\r\nDate: now\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n3;x=y\r\ndef\r\n0\r\nX-Sum: 6\r\n\r\n',
  );
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, {});
  t.is(answer.body.toString(), 'abcdef');
  t.is(answer.trailers['x-sum'], '6');
  t.is(answer.headers['transfer-encoding'], undefined);
});

test('an answer that ends by close is a whole stream', async t => {
  const origin = await startOrigin({
    onConnection: peer => {
      peer.socket.once('data', () => peer.socket.end('HTTP/1.1 200 OK\r\nDate: now\r\n\r\nall there is'));
    },
  });
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, {});
  t.is(answer.body.toString(), 'all there is');
  t.is(answer.code, constants.NGHTTP2_NO_ERROR);
});

test('an answer that breaks off is a reset, and the other streams do not notice', async t => {
  const origin = await startOrigin({
    onConnection: peer => {
      peer.socket.once('data', bytes => {
        const isBroken = bytes.toString().includes('/broken');
        if (isBroken) peer.socket.end('HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 100\r\n\r\nhalf');
        else peer.write(OK);
      });
    },
  });
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const [broken, fine] = await Promise.all([
    askHttp2(session, { ':path': '/broken' }),
    askHttp2(session, { ':path': '/fine' }),
  ]);
  t.is(broken.code, constants.NGHTTP2_INTERNAL_ERROR);
  t.is(fine.status, 200);
});

test('answers of the router itself are answers of HTTP/2', async t => {
  const router = await startRouter(t, deadOrigin());
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, { accept: 'application/json' });
  t.is(answer.status, 502);
  t.is(JSON.parse(answer.body.toString()).code, 'ConnectFailed');
  t.is(answer.headers.connection, undefined);
  t.is((await askHttp2(session, { ':method': 'HEAD' })).body.length, 0);
});

test('a path that is refused costs its own stream an answer, not the connection', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const refused = await askHttp2(session, { ':path': '/a%00b' });
  t.is(refused.status, 400);
  t.is((await askHttp2(session, {})).status, 200);
});

test('HEAD, 204 and 304 have no body', async t => {
  const origin = await startAnsweringOrigin(head => {
    if (head.startsWith('HEAD')) return 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 7\r\n\r\n';
    return `HTTP/1.1 ${head.includes('/204') ? '204 No Content' : '304 Not Modified'}\r\nDate: now\r\n\r\n`;
  });
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const head = await askHttp2(session, { ':method': 'HEAD' });
  t.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, '7', 0]);
  t.is((await askHttp2(session, { ':path': '/204' })).status, 204);
  t.is((await askHttp2(session, { ':path': '/304' })).status, 304);
});

test('interim answers are passed on', async t => {
  const origin = await startAnsweringOrigin(`HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${OK}`);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const answer = await askHttp2(session, {});
  t.deepEqual(answer.interims, [103]);
  t.is(answer.status, 200);
});

test('an answer before the end of its request ends the stream without an error', async t => {
  const origin = await startAnsweringOrigin(
    'HTTP/1.1 413 Too Large\r\nDate: now\r\nContent-Length: 3\r\n\r\nbig',
  );
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const stream = session.request({ ':method': 'POST', ':authority': 'a.com', ':path': '/' });
  stream.on('error', () => undefined);
  let body = '';
  stream.on('data', (bytes: Buffer) => {
    body += bytes.toString();
  });
  stream.write('never ends');
  await new Promise(resolve => stream.once('close', resolve));
  t.is(body, 'big');
  t.is(stream.rstCode, constants.NGHTTP2_NO_ERROR);
});

test('a client that gives up a stream gives up its pod', async t => {
  const origin = await startOrigin();
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const stream = session.request({ ':authority': 'a.com', ':path': '/' });
  stream.on('error', () => undefined);
  const pod = await origin.connection(0);
  await pod.untilText('\r\n\r\n');
  stream.close(constants.NGHTTP2_CANCEL);
  await pod.untilClosed();
  t.is(router.counters.get('client_aborts'), 1);
});

test('a hundred streams run side by side, each with its own answer', async t => {
  const origin = await startFramingOrigin(({ head }) => {
    const path = /^GET (\S+)/.exec(head)?.[1] ?? '';
    return `HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${path.length}\r\n\r\n${path}`;
  });
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, nth) => askHttp2(session, { ':path': `/${round}/${nth}` })),
    );
    answers.forEach((answer, nth) => {
      t.is(answer.body.toString(), `/${round}/${nth}`);
    });
  }
  t.is(router.counters.get('http2_connections'), 1);
});

test('a drain says GOAWAY, lets what runs finish, and ends the connection', async t => {
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port], { options: { h2c: true } });
  const session = await connectHttp2(t, router.port);
  const answer = askHttp2(session, {});
  const pod = await origin.connection(0);
  await pod.untilText('\r\n\r\n');
  const goAway = new Promise(resolve => session.once('goaway', resolve));
  const ended = new Promise(resolve => session.once('close', resolve));
  const closed = router.close();
  t.is(await goAway, constants.NGHTTP2_NO_ERROR);
  pod.write(OK);
  t.is((await answer).status, 200);
  await ended;
  await closed;
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('an idle connection is let go, with a word', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startRouter(t, origin, { clientIdleMs: 400 });
  const session = await connectHttp2(t, router.port);
  const goAway = new Promise(resolve => session.once('goaway', resolve));
  t.is((await askHttp2(session, {})).status, 200);
  t.is(await goAway, constants.NGHTTP2_NO_ERROR);
});

test('a WebSocket by extended CONNECT becomes an upgrade, and carries bytes both ways', async t => {
  const origin = await startOrigin();
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  t.true(session.remoteSettings.enableConnectProtocol);
  const stream = session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':authority': 'a.com',
      ':path': '/chat',
      'sec-websocket-version': '13',
    },
    { endStream: false },
  );
  const pod = await origin.connection(0);
  const head = await pod.untilText('\r\n\r\n');
  t.regex(head, /^GET \/chat HTTP\/1\.1\r\n/);
  t.regex(head, /\r\nUpgrade: websocket\r\n/i);
  const key = /\r\nsec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  pod.takeReceived();
  pod.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n\x81\x02hi`,
  );
  const response = await new Promise<Record<string, unknown>>(resolve => stream.once('response', resolve));
  t.is(response[':status'], 200);
  t.is(response['sec-websocket-accept'], undefined);
  const said = await new Promise<Buffer>(resolve => stream.once('data', resolve));
  t.is(said.toString('latin1'), '\x81\x02hi');
  stream.write(Buffer.from('\x81\x82\0\0\0\0yo', 'latin1'));
  t.is(await pod.untilText('yo'), '\x81\x82\0\0\0\0yo');
  const ended = new Promise(resolve => stream.once('close', resolve));
  pod.socket.end();
  await ended;
  t.is(stream.rstCode, constants.NGHTTP2_NO_ERROR);
});

test('S8: a pod that agrees to a WebSocket with the wrong key gets nothing of it', async t => {
  const origin = await startAnsweringOrigin(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n\r\n',
  );
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const stream = session.request(
    {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':authority': 'a.com',
      ':path': '/',
    },
    { endStream: false },
  );
  stream.on('error', () => undefined);
  await new Promise(resolve => stream.once('close', resolve));
  t.not(stream.rstCode, constants.NGHTTP2_NO_ERROR);
  await (await origin.connection(0)).untilClosed();
});

test('a client that does not read its answer holds back its pod, not the other streams', async t => {
  const origin = await startOrigin({
    onConnection: peer => {
      peer.socket.once('data', bytes => {
        if (!bytes.toString().includes('/big')) {
          peer.write(OK);
          return;
        }
        peer.write(`HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${BIG.length * 4}\r\n\r\n`);
        for (let nth = 0; nth < 4; nth += 1) peer.socket.write(BIG);
      });
    },
  });
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const stream = session.request({ ':authority': 'a.com', ':path': '/big' });
  stream.pause();
  await new Promise(resolve => stream.once('response', resolve));
  t.is((await askHttp2(session, { ':path': '/small' })).status, 200);
  let count = 0;
  stream.on('data', (bytes: Buffer) => {
    count += bytes.length;
  });
  stream.resume();
  await new Promise(resolve => stream.once('end', resolve));
  t.is(count, BIG.length * 4);
});

test('a stream whose client does not read it is given up in the end', async t => {
  const origin = await startAnsweringOrigin(
    `HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${BIG.length}\r\n\r\n${BIG.toString('latin1')}`,
  );
  const router = await startRouter(t, origin, { stallTimeoutMs: 100 });
  const session = await connectHttp2(t, router.port);
  const stream = session.request({ ':authority': 'a.com', ':path': '/' });
  stream.on('error', () => undefined);
  stream.pause();
  await new Promise(resolve => stream.once('close', resolve));
  t.is(stream.rstCode, constants.NGHTTP2_CANCEL);
});

test('an upload that stops is a 408 of its own stream', async t => {
  const origin = await startOrigin();
  const router = await startRouter(t, origin, { stallTimeoutMs: 80 });
  const session = await connectHttp2(t, router.port);
  const stream = session.request({ ':method': 'POST', ':authority': 'a.com', ':path': '/' });
  stream.write('half');
  const response = await new Promise<Record<string, unknown>>(resolve => stream.once('response', resolve));
  t.is(response[':status'], 408);
});

test('S14: more cookie crumbs than a head may have fields are a 431 of their own stream (CVE-2026-47774)', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startRouter(t, origin);
  const session = await connectHttp2(t, router.port);
  const crumbs = Array.from({ length: 101 }, (_, nth) => `c${nth}=v`);
  t.is((await askHttp2(session, { cookie: crumbs })).status, 431);
  t.is((await askHttp2(session, { cookie: crumbs.slice(0, 90) })).status, 200);
});

test('a hundred requests in one read do not stand before the one of a neighbour', async t => {
  const asked: string[] = [];
  const origin = await startFramingOrigin(({ head }) => {
    asked.push(/^GET (\S+)/.exec(head)?.[1] ?? '');
    return OK;
  });
  const router = await startRouter(t, origin);
  const [noisy, neighbour] = await Promise.all([connectRaw(router.port), connectRaw(router.port)]);
  noisy.write(GREETING.toString('latin1'));
  // The router has read it: what comes now is one read.
  await noisy.untilLength(9);
  const path = (nth: number) => [...GET.filter(([name]) => name !== ':path'), [':path', `/${nth}`] as const];
  noisy.socket.write(Buffer.concat(Array.from({ length: 100 }, (_, nth) => headers(nth * 2 + 1, path(nth)))));
  neighbour.write('GET /neighbour HTTP/1.1\r\nHost: a.com\r\n\r\n');
  await neighbour.untilText('ok');
  await noisy.until(() => asked.length === 101);
  const at = asked.indexOf('/neighbour');
  t.true(at >= 0 && at < 50, `it was number ${at}`);
  t.deepEqual(
    asked.filter(path => path !== '/neighbour').sort(),
    Array.from({ length: 100 }, (_, nth) => `/${nth}`).sort(),
  );
  noisy.socket.destroy();
  neighbour.socket.destroy();
});
