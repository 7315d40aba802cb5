import test from 'ava';
import { FLAG, FRAME, SETTING } from '../../../router/http2/frame.ts';
import { HeardSession } from '../../helpers/heard-session.ts';
import {
  data,
  GET,
  GREETING,
  headers,
  POST,
  resetStream,
  settings,
  windowUpdate,
} from '../../helpers/http2-frames.ts';

const frameLine = ({ type, flags, streamId, payload }: ReturnType<HeardSession['frames']>[number]): string =>
  `${type} ${flags} ${streamId} ${type === FRAME.data ? payload.length : '-'}`;

const opened = (...more: readonly Buffer[]): HeardSession => {
  const heard = new HeardSession().receive(GREETING, ...more, headers(1, GET), headers(3, GET));
  heard.bytes();
  return heard;
};

const streamOf = (heard: HeardSession, id: number) => {
  const stream = heard.heard.get(id)?.stream;
  if (stream === undefined) throw new Error(`no stream ${id}`);
  return stream;
};

test('the end of a body is said in its last frame, and in one of its own where something is behind that', t => {
  const heard = opened();
  const [first, second] = [streamOf(heard, 1), streamOf(heard, 3)];
  first.respond(200, '', false);
  first.text('ab');
  first.end();
  second.respond(200, '', false);
  second.text('cde');
  t.deepEqual(heard.frames().map(frameLine), ['1 4 1 -', '0 1 1 2', '1 4 3 -', '0 0 3 3']);
  second.end();
  t.deepEqual(heard.frames().map(frameLine), ['0 1 3 0']);
});

test('a head without a body ends in place too, also one of several frames', t => {
  const heard = opened();
  streamOf(heard, 1).respond(200, '', false);
  streamOf(heard, 1).end();
  streamOf(heard, 3).respond(200, `X-Long: ${'y'.repeat(20_000)}\r\n`, false);
  streamOf(heard, 3).end();
  t.deepEqual(heard.frames().map(frameLine), ['1 5 1 -', '1 1 3 -', '9 4 3 -']);
});

test('the end of one stream is not said in a frame of another', t => {
  const heard = opened();
  streamOf(heard, 1).respond(200, '', false);
  streamOf(heard, 3).respond(200, '', false);
  streamOf(heard, 1).end();
  t.deepEqual(heard.frames().map(frameLine), ['1 4 1 -', '1 4 3 -', '0 1 1 0']);
});

test('a narrow window of the connection serves its streams in turn', t => {
  const heard = opened();
  const [first, second] = [streamOf(heard, 1), streamOf(heard, 3)];
  first.text('a'.repeat(65_535));
  first.text('a'.repeat(40_000));
  second.text('b'.repeat(40_000));
  heard.bytes();
  heard.receive(
    windowUpdate(1, 65_535),
    windowUpdate(0, 16_384),
    windowUpdate(0, 16_384),
    windowUpdate(0, 32_768),
  );
  t.deepEqual(heard.frames().map(frameLine), ['0 0 1 16384', '0 0 3 16384', '0 0 1 16384', '0 0 3 16384']);
});

test('what waits goes when a window opens, then its owner may write, and the end comes behind all', t => {
  const writable: number[] = [];
  const heard = new HeardSession({}, ({ stream }, what) => {
    if (what === 'writable') writable.push(stream.id);
  }).receive(GREETING, settings([SETTING.initialWindowSize, 5]), headers(1, GET), headers(3, GET));
  heard.bytes();
  const [first, second] = [streamOf(heard, 1), streamOf(heard, 3)];
  first.text('12345678');
  first.data(Buffer.from('xx90xx'), 2, 4);
  second.text('12345678');
  second.end();
  t.is(first.queuedBytes, 5);
  t.true(second.isBlocked);
  heard.receive(windowUpdate(1, 4));
  t.is(first.queuedBytes, 1);
  t.deepEqual(writable, []);
  heard.receive(windowUpdate(1, 100), windowUpdate(3, 3));
  t.deepEqual(writable, [1]);
  const frames = heard.frames();
  const text = (id: number): string =>
    frames
      .filter(({ streamId }) => streamId === id)
      .map(({ payload }) => payload.toString())
      .join('');
  t.is(text(1), '1234567890');
  t.is(text(3), '12345678');
  t.is(frames.findLast(({ streamId }) => streamId === 3)?.flags, FLAG.endStream);
  t.true(second.isClosed);
});

test('a window that a setting has made negative has to be filled first (RFC 9113 6.9.2)', t => {
  const heard = opened();
  const stream = streamOf(heard, 1);
  stream.text('x'.repeat(60_000));
  heard.receive(settings([SETTING.initialWindowSize, 10_000]));
  heard.bytes();
  stream.data(Buffer.from('hello'), 0, 5);
  t.is(stream.queuedBytes, 5);
  heard.receive(windowUpdate(1, 50_000));
  t.is(stream.queuedBytes, 5);
  heard.receive(windowUpdate(1, 3));
  t.is(stream.queuedBytes, 2);
});

test('credit is told in halves of a window, none for a stream that has ended, and padding at once', t => {
  const heard = new HeardSession({ streamWindow: 100, connectionWindow: 65_535 }).receive(
    GREETING,
    headers(1, POST, FLAG.endHeaders),
    data(1, 'x'.repeat(60)),
  );
  heard.bytes();
  const stream = streamOf(heard, 1);
  stream.consume(49);
  t.is(heard.session.pendingOutput, 0);
  stream.consume(1);
  t.deepEqual(
    heard.frames().map(({ streamId, payload }) => [streamId, payload.readUInt32BE(0)]),
    [[1, 50]],
  );
  // More than there was is credited to nobody.
  stream.consume(1_000_000);
  heard.receive(data(1, 'y'.repeat(60), FLAG.endStream));
  stream.consume(60);
  t.is(heard.session.pendingOutput, 0);
});

test('a stream that is over takes no more, says nothing, and gives its bytes back', t => {
  const heard = new HeardSession({ connectionWindow: 65_535 }).receive(
    GREETING,
    headers(1, POST, FLAG.endHeaders),
    data(1, 'x'.repeat(16_384)),
    data(1, 'x'.repeat(16_384)),
    resetStream(1, 8),
  );
  const frames = heard.frames();
  t.deepEqual(
    [frames.at(-1)?.type, frames.at(-1)?.streamId, frames.at(-1)?.payload.readUInt32BE(0)],
    [8, 0, 32_768],
  );
  const stream = streamOf(heard, 1);
  t.true(stream.isClosed);
  stream.respond(200, '', false);
  stream.text('x');
  stream.data(Buffer.from('x'), 0, 1);
  stream.end();
  stream.trailers('');
  stream.reset(1);
  stream.consume(1);
  t.is(heard.session.pendingOutput, 0);
});

test('nothing follows the end of an answer, and a reset of NO_ERROR may', t => {
  const heard = new HeardSession().receive(GREETING, headers(1, POST, FLAG.endHeaders));
  heard.bytes();
  const stream = streamOf(heard, 1);
  stream.respond(200, '', false);
  stream.trailers('X-T: y\r\n');
  stream.text('late');
  stream.end();
  t.false(stream.isClosed);
  stream.reset(0);
  t.true(stream.isClosed);
  t.deepEqual(heard.frames().map(frameLine), ['1 4 1 -', '1 5 1 -', '3 0 1 -']);
});

test('output is told of once between two flushes, and not before the first', t => {
  const heard = new HeardSession().receive(GREETING, headers(1, GET));
  t.is(heard.outputCalls, 0);
  heard.bytes();
  streamOf(heard, 1).respond(200, '', false);
  streamOf(heard, 1).text('a');
  t.is(heard.outputCalls, 1);
  heard.bytes();
  streamOf(heard, 1).text('b');
  t.is(heard.outputCalls, 2);
});
