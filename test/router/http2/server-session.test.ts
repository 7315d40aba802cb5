import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import type { SessionOptions } from '../../../router/http2/session-events.ts';
import type { HeardSession, Serve } from '../../helpers/heard-session.ts';
import { socketSession } from '../../helpers/socket-session.ts';

type Peers = { readonly client: ClientHttp2Session; readonly heard: () => HeardSession };

/** Node's own client, connected to a session of ours. */
const peers = async (
  t: ExecutionContext,
  serve: Serve,
  options: Partial<SessionOptions> = {},
): Promise<Peers> => {
  const sessions: HeardSession[] = [];
  const server = createServer(socket => {
    sessions.push(socketSession(socket, options, serve));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  client.on('error', () => undefined);
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  await once(client, 'remoteSettings');
  return {
    client,
    heard: () => {
      const [session] = sessions;
      if (session === undefined) throw new Error('nobody has connected');
      return session;
    },
  };
};

type Answer = {
  readonly status: number | undefined;
  readonly headers: object;
  readonly body: Buffer;
  readonly trailers: object;
};

const answerOf = async (request: ClientHttp2Stream): Promise<Answer> => {
  let trailers: object = {};
  request.on('trailers', fields => {
    trailers = { ...fields };
  });
  const [head] = await once(request, 'response');
  const body = await buffer(request);
  return { status: head[':status'], headers: { ...head }, body, trailers };
};

/** Sends each body back, with its head as a field, as it comes. */
const echo: Serve = ({ stream, heads, body, hasEnded }, what) => {
  if (what === 'head')
    stream.respond(200, `X-Head: ${Buffer.from(heads[0] ?? '', 'latin1').toString('base64')}\r\n`, false);
  if (what === 'data') stream.consume(body.length);
  if (hasEnded && what !== 'writable') {
    stream.text(body);
    stream.trailers('X-Length: known\r\n');
  }
};

const headOf = (answer: Answer): string =>
  Buffer.from((answer.headers as Record<string, string>)['x-head'] ?? '', 'base64').toString('latin1');

test('a GET of node:http2 is answered with head, body and trailers', async t => {
  const { client } = await peers(t, echo);
  const answer = await answerOf(client.request({ ':path': '/a?b', cookie: 'a=b; c=d', 'x-a': 'b' }));
  t.is(answer.status, 200);
  t.regex(
    headOf(answer),
    /^GET \/a\?b HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\nx-a: b\r\ncookie: a=b; c=d\r\n$/,
  );
  t.is((answer.trailers as Record<string, string>)['x-length'], 'known');
});

test('bodies of many windows pass in both directions, byte for byte', async t => {
  const { client } = await peers(t, ({ stream, body, hasEnded }, what) => {
    if (what === 'data') stream.consume(65_535);
    if (!hasEnded || what === 'writable') return;
    stream.respond(200, '', false);
    stream.text(body);
    stream.end();
  });
  const sent = Buffer.alloc(3_000_000, 'abcdefghijklmnopqrstuvwxyz0123456789');
  const requests = [0, 1, 2].map(() => {
    const request = client.request({ ':method': 'POST', ':path': '/' });
    request.end(sent);
    return request;
  });
  for (const { body } of await Promise.all(requests.map(answerOf))) t.true(body.equals(sent));
});

test('100 streams at a time are answered, each with its own', async t => {
  const { client, heard } = await peers(t, echo);
  const requests = Array.from({ length: 100 }, (_, at) =>
    client.request({ ':method': 'POST', ':path': `/${at}` }),
  );
  for (const [at, request] of requests.entries()) request.write(`body ${at}`);
  // None has ended: all are open at once.
  while (heard().session.openStreams < 100) await new Promise(resolve => setImmediate(resolve));
  for (const request of requests) request.end();
  for (const [at, answer] of (await Promise.all(requests.map(answerOf))).entries()) {
    t.is(answer.body.toString(), `body ${at}`);
    t.true(headOf(answer).startsWith(`POST /${at} `));
  }
  t.is(heard().session.openStreams, 0);
});

test('a head of several frames arrives, and so does one that we send', async t => {
  const long = 'v'.repeat(20_000);
  const { client } = await peers(
    t,
    ({ stream }) => stream.respond(200, `X-Long: ${'w'.repeat(40_000)}\r\n`, true),
    { maxHeaderBytes: 65_536 },
  );
  const request = client.request({ 'x-long': long });
  const [head] = await once(request, 'response');
  t.is(head['x-long'], 'w'.repeat(40_000));
});

test('interim answers come before the final one', async t => {
  const { client } = await peers(t, ({ stream }) => {
    stream.respond(103, 'Link: </a>\r\n', false);
    stream.respond(102, '', false);
    stream.respond(204, '', true);
  });
  const request = client.request({});
  const interim: number[] = [];
  request.on('headers', fields => interim.push(fields[':status'] ?? 0));
  const [head] = await once(request, 'response');
  t.deepEqual(interim, [103, 102]);
  t.is(head[':status'], 204);
});

test('a request that asks for 100 gets it, and then sends its body', async t => {
  const { client } = await peers(t, (heard, what) => {
    if (what === 'head') heard.stream.respond(100, '', false);
    else echo(heard, 'head');
    if (heard.hasEnded) heard.stream.end();
  });
  const request = client.request({ ':method': 'PUT', ':path': '/', expect: '100-continue' });
  await once(request, 'continue');
  request.end('body');
  t.is((await answerOf(request)).status, 200);
});

test('trailers of a request are read', async t => {
  const { client, heard } = await peers(t, ({ stream }, what) => {
    if (what === 'trailers') stream.respond(200, '', true);
  });
  const request = client.request({ ':method': 'POST', ':path': '/' }, { waitForTrailers: true });
  request.on('wantTrailers', () => request.sendTrailers({ 'x-sum': '1' }));
  request.end('body');
  await answerOf(request);
  t.is(heard().heard.get(1)?.trailers, 'x-sum: 1\r\n');
  t.is(heard().heard.get(1)?.body, 'body');
});

test('a reset of the client is told, and one of ours arrives with its code', async t => {
  const { client, heard } = await peers(t, ({ stream, heads }) => {
    if (heads[0]?.startsWith('GET /ours ')) stream.reset(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    else stream.respond(200, '', false);
  });
  const theirs = client.request({ ':path': '/theirs' });
  await once(theirs, 'response');
  theirs.close(constants.NGHTTP2_CANCEL);
  const ours = client.request({ ':path': '/ours' });
  await t.throwsAsync(once(ours, 'response'), { message: /NGHTTP2_ENHANCE_YOUR_CALM/ });
  t.deepEqual(heard().heard.get(1)?.reset, { code: constants.NGHTTP2_CANCEL, byPeer: true });
  t.is(heard().heard.get(3)?.reset, null);
  t.is(heard().session.openStreams, 0);
});

test('an answer that comes before the request has ended is whole, and NO_ERROR stops the rest', async t => {
  const { client } = await peers(t, ({ stream }) => {
    if (stream.isClosed) return;
    stream.respond(413, '', false);
    stream.text('too large');
    stream.end();
    stream.reset(constants.NGHTTP2_NO_ERROR);
  });
  const request = client.request({ ':method': 'POST', ':path': '/' });
  request.on('error', () => undefined);
  request.write('first');
  const answer = await answerOf(request);
  t.is(answer.status, 413);
  t.is(answer.body.toString(), 'too large');
});

test('a stream beyond the number that is allowed is refused, and the others go on', async t => {
  const { client, heard } = await peers(t, () => undefined, { maxStreams: 2 });
  const [first, second] = [client.request({}), client.request({})];
  // Node's client waits by itself once it knows the limit.
  t.is(client.remoteSettings.maxConcurrentStreams, 2);
  const third = client.request({});
  while (heard().session.openStreams < 2) await new Promise(resolve => setImmediate(resolve));
  for (const { stream } of heard().heard.values()) stream.respond(200, '', true);
  await Promise.all([first, second].map(request => once(request, 'response')));
  while (heard().heard.get(5) === undefined) await new Promise(resolve => setImmediate(resolve));
  heard().heard.get(5)?.stream.respond(204, '', true);
  const [head] = await once(third, 'response');
  t.is(head[':status'], 204);
});

test('a shutdown lets what runs end, and then the connection', async t => {
  const { client, heard } = await peers(t, () => undefined);
  const request = client.request({});
  while (heard().session.openStreams < 1) await new Promise(resolve => setImmediate(resolve));
  const lastStreams: number[] = [];
  client.on('goaway', (_, lastStreamId) => lastStreams.push(lastStreamId));
  heard().session.shutdown();
  while (lastStreams.length < 2) await new Promise(resolve => setImmediate(resolve));
  t.deepEqual(lastStreams, [0x7fffffff, 1]);
  t.false(heard().session.isDrained);
  heard().heard.get(1)?.stream.respond(200, '', true);
  const [head] = await once(request, 'response');
  t.is(head[':status'], 200);
  t.true(heard().session.isDrained);
});

test('SETTINGS that shrink and widen windows while a body is under way lose nothing', async t => {
  const { client } = await peers(t, ({ stream }, what) => {
    if (what !== 'head') return;
    stream.respond(200, '', false);
    stream.text('x'.repeat(500_000));
    stream.end();
  });
  const request = client.request({});
  await once(request, 'response');
  client.settings({ initialWindowSize: 0 });
  client.settings({ initialWindowSize: 100_000 });
  t.is((await buffer(request)).length, 500_000);
});

test('an extended CONNECT is a stream in both directions (RFC 8441)', async t => {
  const { client } = await peers(t, ({ stream, heads, body }, what) => {
    if (what === 'head')
      stream.respond(heads[0]?.includes('\r\nupgrade: websocket\r\n') ? 200 : 400, '', false);
    if (what === 'data' && body.length > 0) stream.text(body);
  });
  t.true(client.remoteSettings.enableConnectProtocol);
  const request = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
  const [head] = await once(request, 'response');
  t.is(head[':status'], 200);
  request.write('frames');
  const [bytes] = await once(request, 'data');
  t.is(bytes.toString(), 'frames');
});

const name = fc
  .string({ unit: fc.constantFrom(...'abcxyz019-_.'), minLength: 1, maxLength: 20 })
  .map(text => `x-${text}`);
const value = fc
  .string({ unit: fc.constantFrom(...'abcXYZ 019-_.;:"%\t'), minLength: 1, maxLength: 120 })
  .map(text => text.trim())
  .filter(text => text !== '');

test('what node:http2 encodes is decoded as it was sent, with its table and its Huffman code', async t => {
  const { client, heard } = await peers(t, ({ stream }) => stream.respond(200, '', true));
  let id = -1;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.tuple(name, value), { maxLength: 15, selector: ([key]) => key }),
      async fields => {
        id += 2;
        await once(client.request({ ':path': '/x', ...Object.fromEntries(fields) }), 'response');
        const lines = heard().heard.get(id)?.heads[0]?.split('\r\n').slice(2, -1);
        t.deepEqual(
          lines,
          fields.map(([key, text]) => `${key}: ${text}`),
        );
      },
    ),
    { numRuns: 200 },
  );
});
