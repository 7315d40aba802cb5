import test from 'ava';
import { socketsRead } from '../helpers/event-loop-turns.ts';
import { type OnePoolRouter, startOnePoolRouter } from '../helpers/one-pool-router.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import { type RecordingOrigin, startOrigin } from '../helpers/recording-origin.ts';

const OWN_LINES = (port: number): string =>
  `Via: 1.1 sluice\r\nX-Forwarded-For: 127.0.0.1\r\nX-Real-IP: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Port: ${port}\r\n` +
  'X-Forwarded-Host: taobao.com\r\nX-Request-Id: id-1\r\nx-sluice-track: stable\r\n\r\n';
const HEAD_LINES = 'Host: taobao.com\r\nX-Request-Id: id-1\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

type Setup = { readonly origin: RecordingOrigin; readonly router: OnePoolRouter };

/** Each cut of `text` in two parts, both written with a turn between. */
const writeCut = async (peer: RawPeer, text: string, cut: number): Promise<void> => {
  if (cut > 0) peer.write(text.slice(0, cut));
  await socketsRead();
  peer.write(text.slice(cut));
};

const withSetup = async (work: (setup: Setup) => Promise<void>): Promise<readonly string[]> => {
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port]);
  await work({ origin, router });
  await router.close();
  await origin.close();
  return router.bugs;
};

const busyPeer = async (origin: RecordingOrigin, text: string): Promise<RawPeer> => {
  const first = await origin.connection(0);
  await first.untilLength(text.length);
  return first;
};

const requests = test.macro({
  async exec(t, sent: string, forwarded: string) {
    const bugs = await withSetup(async ({ origin, router }) => {
      const expected = forwarded.replaceAll('<own>', OWN_LINES(router.port));
      for (let cut = 0; cut < sent.length; cut += 1) {
        const client = await connectRaw(router.port);
        await writeCut(client, sent, cut);
        const peer = await busyPeer(origin, expected);
        t.is(peer.takeReceived(), expected, `cut at ${cut}`);
        peer.write(OK);
        t.is(await client.untilLength(OK.length), OK, `cut at ${cut}`);
        client.socket.destroy();
      }
      t.is(
        origin.connections.length,
        1,
        'every request was framed so well that one upstream socket served all',
      );
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '') => `a request cut at every byte is forwarded exactly: ${title}`,
});

test(
  'no body',
  requests,
  `GET /a?b=1 HTTP/1.1\r\n${HEAD_LINES}Foo: bar\r\n\r\n`,
  'GET /a?b=1 HTTP/1.1\r\nHost: taobao.com\r\nFoo: bar\r\n<own>',
);
test(
  'an empty line before it',
  requests,
  `\r\nGET / HTTP/1.1\r\n${HEAD_LINES}\r\n`,
  'GET / HTTP/1.1\r\nHost: taobao.com\r\n<own>',
);
test(
  'a normalized path and hop-by-hop fields',
  requests,
  `GET /x/%2e%2e/a HTTP/1.1\r\n${HEAD_LINES}Connection: keep-alive, Foo\r\nFoo: bar\r\nKeep-Alive: 3\r\n\r\n`,
  'GET /a HTTP/1.1\r\nHost: taobao.com\r\n<own>',
);
test(
  'body of a given length',
  requests,
  `POST / HTTP/1.1\r\n${HEAD_LINES}Content-Length: 12\r\n\r\nhello\r\n\r\nabc`,
  'POST / HTTP/1.1\r\nHost: taobao.com\r\nContent-Length: 12\r\n<own>hello\r\n\r\nabc',
);
test(
  'body in chunks with extensions and trailers',
  requests,
  `POST / HTTP/1.1\r\n${HEAD_LINES}Transfer-Encoding: chunked\r\n\r\n5;a="b;c"\r\nhello\r\n0A\r\n0123456789\r\n0;x\r\nDigest: 1\r\nCookie: a\r\nEtag: 2\r\n\r\n`,
  'POST / HTTP/1.1\r\nHost: taobao.com\r\nTransfer-Encoding: chunked\r\n<own>5\r\nhello\r\n0A\r\n0123456789\r\n0\r\nDigest: 1\r\nEtag: 2\r\n\r\n',
);

test('a pipelined pair cut at every byte is answered in order', async t => {
  const first = `POST /1 HTTP/1.1\r\n${HEAD_LINES}Content-Length: 3\r\n\r\nabc`;
  const second = `GET /2 HTTP/1.1\r\n${HEAD_LINES}\r\n`;
  const sent = first + second;
  const bugs = await withSetup(async ({ origin, router }) => {
    const own = OWN_LINES(router.port);
    const forwarded = [
      `POST /1 HTTP/1.1\r\nHost: taobao.com\r\nContent-Length: 3\r\n${own}abc`,
      `GET /2 HTTP/1.1\r\nHost: taobao.com\r\n${own}`,
    ];
    for (let cut = 0; cut < sent.length; cut += 1) {
      const client = await connectRaw(router.port);
      await writeCut(client, sent, cut);
      let answers = '';
      for (const [nth, expected] of forwarded.entries()) {
        const peer = await busyPeer(origin, expected);
        await socketsRead();
        t.is(peer.takeReceived(), expected, `request ${nth}, cut at ${cut}`);
        const answer = OK.replace('ok', `o${nth}`);
        answers += answer;
        peer.write(answer);
        t.is(await client.untilLength(answers.length), answers);
      }
      client.socket.destroy();
    }
    t.is(origin.connections.length, 1);
  });
  t.deepEqual(bugs, []);
});

test('an upgrade cut at every byte becomes a tunnel, both ways, without losing what was sent with it', async t => {
  const request = `GET /ws HTTP/1.1\r\n${HEAD_LINES}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const answer =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nA: b\r\n\r\n';
  const switched =
    'HTTP/1.1 101 Switching Protocols\r\nA: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const up = 'client\0\r\n\r\nbytes';
  const down = 'HTTP/1.1 200 server\r\n\r\nbytes';
  const bugs = await withSetup(async ({ origin, router }) => {
    const forwarded = `GET /ws HTTP/1.1\r\nHost: taobao.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${OWN_LINES(router.port)}`;
    for (let cut = 0; cut < Math.max(request.length, answer.length) + up.length; cut += 1) {
      const client = await connectRaw(router.port);
      await writeCut(client, request + up, cut);
      const peer = await origin.connection(cut);
      await peer.untilLength(forwarded.length);
      await socketsRead();
      t.is(peer.received, forwarded, `what follows an upgrade waits for its answer, cut at ${cut}`);
      await writeCut(peer, answer + down, cut);
      t.is(await client.untilLength(switched.length + down.length), switched + down, `cut at ${cut}`);
      t.is(await peer.untilLength(forwarded.length + up.length), forwarded + up);
      client.socket.end();
      await peer.untilEnd();
      await client.untilEnd();
    }
  });
  t.deepEqual(bugs, []);
});

type Answer = {
  readonly sent: string;
  readonly got: string;
  readonly request?: string;
  readonly ends?: boolean;
};

const answers = test.macro({
  async exec(t, { sent, got, request, ends = false }: Answer) {
    const bugs = await withSetup(async ({ origin, router }) => {
      let used = 0;
      for (let cut = 0; cut < sent.length; cut += 1) {
        const client = await connectRaw(router.port);
        client.write(request ?? `GET / HTTP/1.1\r\n${HEAD_LINES}\r\n`);
        const peer = await origin.connection(used);
        await peer.untilText('\r\n\r\n');
        peer.takeReceived();
        await writeCut(peer, sent, cut);
        if (ends) {
          peer.socket.end();
          used += 1;
        }
        await client.untilLength(got.length);
        if (ends) await client.until(({ received, hasEnded }) => hasEnded || received.endsWith('0\r\n\r\n'));
        t.is(ends ? rechunked(client.received) : client.received, got, `cut at ${cut}`);
        client.socket.destroy();
      }
      t.is(origin.connections.length, ends ? sent.length : 1);
    });
    t.deepEqual(bugs, []);
  },
  title: (title = '') => `an answer cut at every byte is passed on exactly: ${title}`,
});

/** The chunks of an answer joined to one: where they are cut depends on the reads. */
const rechunked = (text: string): string => {
  const bodyAt = text.indexOf('\r\n\r\n') + 4;
  if (!text.slice(0, bodyAt).includes('chunked')) return text;
  let data = '';
  let at = bodyAt;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (size === 0) return `${text.slice(0, bodyAt)}${data}|${text.slice(at)}`;
    data += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 4 + size;
  }
};

const D = 'Date: now\r\n';
test('Content-Length', answers, {
  sent: `HTTP/1.1 200 OK\r\n${D}Content-Length: 9\r\n\r\nab\r\n\r\ncde`,
  got: `HTTP/1.1 200 OK\r\n${D}Content-Length: 9\r\n\r\nab\r\n\r\ncde`,
});
test('no content', answers, {
  sent: `HTTP/1.1 200\r\n${D}Content-Length: 0\r\nConnection: Foo\r\nFoo: 1\r\n\r\n`,
  got: `HTTP/1.1 200\r\n${D}Content-Length: 0\r\n\r\n`,
});
test('chunked with extensions and trailers', answers, {
  sent: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${D}\r\n5;a=b\r\nhello\r\n0\r\nServer-Timing: 1\r\nSet-Cookie: a\r\n\r\n`,
  got: `HTTP/1.1 200 OK\r\n${D}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nServer-Timing: 1\r\n\r\n`,
});
test('chunked to an HTTP/1.0 client', answers, {
  request: `GET / HTTP/1.0\r\n${HEAD_LINES}\r\n`,
  sent: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n${D}\r\n5\r\nhello\r\n1\r\n!\r\n0\r\nA: 1\r\n\r\n`,
  got: `HTTP/1.1 200 OK\r\n${D}Connection: close\r\n\r\nhello!`,
});
test('until close', answers, {
  sent: `HTTP/1.1 200 OK\r\n${D}\r\nhello\r\n\r\nworld`,
  got: `HTTP/1.1 200 OK\r\n${D}Transfer-Encoding: chunked\r\n\r\nhello\r\n\r\nworld|0\r\n\r\n`,
  ends: true,
});
test('until close, from HTTP/1.0 to HTTP/1.0', answers, {
  request: `GET / HTTP/1.0\r\n${HEAD_LINES}\r\n`,
  sent: `HTTP/1.0 200 Fine\r\n${D}\r\nhello`,
  got: `HTTP/1.1 200 Fine\r\n${D}Connection: close\r\n\r\nhello`,
  ends: true,
});
test('HEAD', answers, {
  request: `HEAD / HTTP/1.1\r\n${HEAD_LINES}\r\n`,
  sent: `HTTP/1.1 200 OK\r\n${D}Content-Length: 1000\r\n\r\n`,
  got: `HTTP/1.1 200 OK\r\n${D}Content-Length: 1000\r\n\r\n`,
});
test('204', answers, {
  sent: `HTTP/1.1 204 No Content\r\n${D}Content-Length: 7\r\n\r\n`,
  got: `HTTP/1.1 204 No Content\r\n${D}\r\n`,
});
test('304', answers, {
  sent: `HTTP/1.1 304 Not Modified\r\n${D}Content-Length: 1000\r\nETag: "1"\r\n\r\n`,
  got: `HTTP/1.1 304 Not Modified\r\n${D}Content-Length: 1000\r\nETag: "1"\r\n\r\n`,
});
test('1xx, then the final one', answers, {
  sent: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nConnection: x\r\n\r\nHTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\n\r\nok`,
  got: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\n\r\nok`,
});
test('1xx to an HTTP/1.0 client', answers, {
  request: `GET / HTTP/1.0\r\n${HEAD_LINES}\r\n`,
  sent: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\n\r\nok`,
  got: `HTTP/1.1 200 OK\r\n${D}Content-Length: 2\r\nConnection: close\r\n\r\nok`,
});
