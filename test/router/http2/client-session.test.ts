import { once } from 'node:events';
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { FLAG, FRAME, SETTING } from '../../../router/http2/frame.ts';
import type { SessionOptions } from '../../../router/http2/session-events.ts';
import { type Heard, HeardSession, type Serve } from '../../helpers/heard-session.ts';
import {
  data,
  frame,
  goAway,
  headers,
  ping,
  type RawField,
  resetStream,
  settings,
  uint32,
  windowUpdate,
} from '../../helpers/http2-frames.ts';
import { socketSession } from '../../helpers/socket-session.ts';

type Peers = {
  readonly server: Http2Server;
  readonly heard: HeardSession;
  readonly session: ServerHttp2Session;
};

/** A session of ours, connected to Node's own server. */
const peers = async (
  t: ExecutionContext,
  serve: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void,
  onEvent: Serve = () => undefined,
  options: Partial<SessionOptions> = {},
): Promise<Peers> => {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, fields) => {
    stream.on('error', () => undefined);
    serve(stream, fields);
  });
  server.listen(0, '127.0.0.1');
  const greeted = once(server, 'session');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const heard = socketSession(socket, { role: 'client', ...options }, onEvent);
  const [session] = (await greeted) as [ServerHttp2Session];
  session.on('error', () => undefined);
  t.teardown(() => {
    socket.destroy();
    server.close();
  });
  return { server, heard, session };
};

const head = (line: string, fields = ''): string => `${line} HTTP/1.1\r\nHost: a.com\r\n${fields}\r\n`;

const sent = (heard: HeardSession, text: string, endsStream: boolean): Heard => {
  const stream = heard.session.request(text, 'http', endsStream);
  if (stream === null) throw new Error('no request may be sent');
  return heard.of(stream);
};

const until = async (isMet: () => boolean): Promise<void> => {
  while (!isMet()) await new Promise(resolve => setImmediate(resolve));
};

test('a request arrives at node:http2 as it was written, without what ends at this hop', async t => {
  const received = new Map<string, unknown>();
  const { heard } = await peers(t, (stream, fields) => {
    for (const [name, value] of Object.entries(fields)) received.set(name, value);
    stream.respond({ ':status': 200, server: 'node' });
    stream.end('hello');
  });
  const fields = 'Connection: keep-alive\r\nAccept: */*\r\nTE: trailers\r\nCookie: a=b\r\nX-Empty:\r\n';
  const answer = sent(heard, head('GET /a?b', fields), true);
  await until(() => answer.hasEnded);
  t.deepEqual(
    [':method', ':scheme', ':path', ':authority'].map(name => received.get(name)),
    ['GET', 'http', '/a?b', 'a.com'],
  );
  t.deepEqual(
    ['accept', 'te', 'cookie', 'x-empty', 'connection'].map(name => received.get(name)),
    ['*/*', 'trailers', 'a=b', '', undefined],
  );
  t.regex(answer.heads[0] ?? '', /^HTTP\/1\.1 200 \r\nserver: node\r\ndate: [^\r]+\r\n$/);
  t.is(answer.body, 'hello');
  t.true(answer.stream.isClosed);
});

test('bodies of many windows pass in both directions, and 1xx and trailers with them', async t => {
  const { heard } = await peers(
    t,
    stream => {
      stream.additionalHeaders({ ':status': 103, link: '</a>' });
      stream.respond({ ':status': 200 }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.pipe(stream);
    },
    ({ stream }, what) => {
      if (what === 'data') stream.consume(1_000_000);
    },
  );
  const body = 'abcdefghijklmnopqrstuvwxyz'.repeat(50_000);
  const answers = [1, 2, 3].map(() => {
    const answer = sent(heard, head('POST /'), false);
    answer.stream.text(body);
    t.true(answer.stream.isBlocked);
    answer.stream.end();
    return answer;
  });
  await until(() => answers.every(({ hasEnded }) => hasEnded));
  for (const answer of answers) {
    t.true(answer.body === body);
    t.is(answer.heads.length, 2);
    t.is(answer.heads[0], 'HTTP/1.1 103 \r\nlink: </a>\r\n');
    t.is(answer.trailers, 'grpc-status: 0\r\n');
  }
  t.is(heard.session.openStreams, 0);
});

test('trailers of a request arrive behind what waited for a window', async t => {
  let trailers: Record<string, unknown> = {};
  const { heard } = await peers(t, stream => {
    stream.on('trailers', fields => {
      trailers = { ...fields };
    });
    stream.resume();
    stream.on('end', () => stream.respond({ ':status': 200 }, { endStream: true }));
  });
  const answer = sent(heard, head('POST /'), false);
  answer.stream.text('x'.repeat(200_000));
  answer.stream.trailers('X-Sum: 1\r\n');
  t.true(answer.stream.isBlocked);
  await until(() => answer.hasEnded);
  t.is(trailers['x-sum'], '1');
});

test('an answer to HEAD, and 304, may say a length that they do not have', async t => {
  const { heard } = await peers(t, (stream, fields) => {
    const status = fields[':path'] === '/304' ? 304 : 200;
    stream.respond({ ':status': status, 'content-length': '1000' }, { endStream: true });
  });
  const answers = [sent(heard, head('HEAD /'), true), sent(heard, head('GET /304'), true)];
  await until(() => answers.every(({ hasEnded }) => hasEnded));
  t.deepEqual(
    answers.map(({ reset }) => reset),
    [null, null],
  );
});

test('resets in both directions arrive with their codes', async t => {
  const codes: number[] = [];
  const { heard } = await peers(t, (stream, fields) => {
    if (fields[':path'] === '/theirs') stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else stream.on('close', () => codes.push(stream.rstCode));
  });
  const theirs = sent(heard, head('GET /theirs'), true);
  await until(() => theirs.reset !== null);
  t.deepEqual(theirs.reset, { code: constants.NGHTTP2_INTERNAL_ERROR, byPeer: true });
  const ours = sent(heard, head('POST /ours'), false);
  await new Promise(resolve => setImmediate(resolve));
  ours.stream.reset(constants.NGHTTP2_CANCEL);
  await until(() => codes.length > 0);
  t.deepEqual(codes, [constants.NGHTTP2_CANCEL]);
  t.is(heard.session.openStreams, 0);
});

test('no more requests are sent than the peer allows', async t => {
  const waiting: ServerHttp2Stream[] = [];
  const { heard, session } = await peers(t, stream => {
    waiting.push(stream);
  });
  session.settings({ maxConcurrentStreams: 2 });
  await once(session, 'localSettings');
  const first = sent(heard, head('GET /'), true);
  sent(heard, head('GET /'), true);
  t.false(heard.session.mayRequest);
  t.is(heard.session.request(head('GET /'), 'http', true), null);
  await until(() => waiting.length === 2);
  waiting[0]?.respond({ ':status': 204 }, { endStream: true });
  await until(() => first.hasEnded);
  t.true(heard.session.mayRequest);
});

test("the peer's GOAWAY ends the streams that it will not process, and no request is sent after it", async t => {
  const { heard, session } = await peers(t, stream => stream.respond({ ':status': 200 }));
  const taken = sent(heard, head('GET /1'), true);
  await until(() => taken.heads.length > 0);
  session.goaway(constants.NGHTTP2_NO_ERROR, 1);
  await until(() => heard.goAway !== null);
  t.deepEqual(heard.goAway, { lastStreamId: 1, code: 0 });
  t.is(taken.reset, null);
  t.is(heard.session.request(head('GET /'), 'http', true), null);
});

/** Our client and frames that no server of Node would send. */
const greeted = (serve: Serve = () => undefined): HeardSession => {
  const heard = new HeardSession({ role: 'client' }, serve);
  // The preface is no frame.
  heard.bytes();
  heard.receive(settings());
  return heard;
};

test('streams above the last of a GOAWAY are refused before it is told', t => {
  const heard = greeted();
  const [first, second] = [sent(heard, head('GET /'), true), sent(heard, head('GET /'), true)];
  heard.receive(goAway(1, 2));
  t.is(first.reset, null);
  t.deepEqual(second.reset, { code: constants.NGHTTP2_REFUSED_STREAM, byPeer: true });
  t.deepEqual(heard.goAway, { lastStreamId: 1, code: 2 });
  t.is(heard.session.openStreams, 1);
});

test('a shutdown of ours sends no more and ends when the last answer has', t => {
  const heard = greeted();
  const answer = sent(heard, head('GET /'), true);
  heard.session.shutdown();
  heard.session.shutdown();
  t.deepEqual(heard.goAways(), [[0, 0]]);
  t.is(heard.session.request(head('GET /'), 'http', true), null);
  t.false(heard.session.isDrained);
  heard.receive(headers(1, [[':status', '204']]));
  t.true(answer.hasEnded);
  t.true(heard.session.isDrained);
});

const OK: readonly RawField[] = [[':status', '200']];

const malformed = test.macro({
  exec(t, _: string, method: string, frames: readonly Buffer[]) {
    const heard = greeted();
    const answer = sent(heard, head(`${method} /`), true);
    heard.receive(...frames);
    t.true(answer.stream.isClosed);
    t.deepEqual(answer.reset ?? { code: 1, byPeer: false }, { code: 1, byPeer: false });
    t.true(
      answer.reset !== null || answer.heads.at(-1)?.startsWith('! ') === true || answer.trailers === null,
    );
    t.is(heard.fault, null);
    t.truthy(heard.frames().find(({ type, streamId }) => type === FRAME.resetStream && streamId === 1));
  },
  title: (_, what) => `an answer is reset: ${what}`,
});

test(malformed, 'DATA before its head', 'GET', [data(1, 'x')]);
test(malformed, 'a 1xx that ends it', 'GET', [headers(1, [[':status', '103']])]);
test(malformed, 'no status', 'GET', [headers(1, [['a', 'b']], FLAG.endHeaders)]);
test(malformed, '101', 'GET', [headers(1, [[':status', '101']], FLAG.endHeaders)]);
test(malformed, 'less DATA than its length', 'GET', [
  headers(1, [...OK, ['content-length', '5']], FLAG.endHeaders),
  data(1, 'x', FLAG.endStream),
]);
test(malformed, 'more DATA than its length', 'GET', [
  headers(1, [...OK, ['content-length', '1']], FLAG.endHeaders),
  data(1, 'xy'),
]);
test(malformed, 'no DATA and a length', 'GET', [headers(1, [...OK, ['content-length', '5']])]);
test(malformed, 'a length that is none', 'GET', [
  headers(1, [...OK, ['content-length', 'x']], FLAG.endHeaders),
]);
test(malformed, 'DATA of an answer to HEAD', 'HEAD', [headers(1, OK, FLAG.endHeaders), data(1, 'x')]);
test(malformed, 'trailers that do not end it', 'GET', [
  headers(1, OK, FLAG.endHeaders),
  headers(1, [['a', 'b']], FLAG.endHeaders),
]);
test(malformed, 'trailers with a status', 'GET', [headers(1, OK, FLAG.endHeaders), headers(1, OK)]);

const faults = test.macro({
  exec(t, _: string, code: number, frames: readonly Buffer[]) {
    const heard = greeted();
    sent(heard, head('GET /'), true);
    heard.receive(...frames);
    t.is(heard.fault?.code, code);
    t.is(heard.session.openStreams, 0);
    t.is(heard.session.request(head('GET /'), 'http', true), null);
  },
  title: (_, what) => `the connection ends: ${what}`,
});

test(faults, 'PUSH_PROMISE', 1, [frame(FRAME.pushPromise, FLAG.endHeaders, 1, uint32(2))]);
test(faults, 'an answer on a stream of the server', 1, [headers(2, OK)]);
test(faults, 'an answer to what was not asked', 1, [headers(3, OK)]);
test(faults, 'a second answer', 5, [headers(1, OK), headers(1, OK)]);
test(faults, 'a server that allows push', 1, [settings([SETTING.enablePush, 1])]);
test(faults, 'frames that are too small for SETTINGS', 1, [settings([SETTING.maxFrameSize, 16_383])]);
test(faults, 'DATA on a stream that is not open', 1, [data(3, 'x')]);

test('a greeting of ours is preface, SETTINGS without push, and a wide window', t => {
  const bytes = new HeardSession({ role: 'client' }).bytes();
  t.is(bytes.toString('latin1', 0, 24), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  t.true(bytes.includes(Buffer.from([0, SETTING.enablePush, 0, 0, 0, 0])));
  t.deepEqual(bytes.subarray(-4), uint32(1_048_576 - 65_535));
});

test('a pod that fails some of many requests, and measures its way by PING, keeps its connection', t => {
  const heard = greeted();
  for (let at = 0; at < 1_000; at += 1) {
    const { stream } = sent(heard, head('GET /'), true);
    const status = at % 4 === 0 ? 'no status' : '204';
    heard.receive(
      headers(stream.id, [[':status', status]]),
      ping(),
      windowUpdate(0, 1),
      resetStream(stream.id, 0),
    );
    heard.bytes();
  }
  t.is(heard.fault, null);
});
