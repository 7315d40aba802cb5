import test from 'ava';
import { FLAG, FRAME, SETTING } from '../../../router/http2/frame.ts';
import { HeardSession } from '../../helpers/heard-session.ts';
import {
  block,
  data,
  frame,
  GET,
  GREETING,
  goAway,
  headers,
  POST,
  resetStream,
  settings,
  uint32,
  windowUpdate,
} from '../../helpers/http2-frames.ts';

const PROTOCOL_ERROR = 1;
const FLOW_CONTROL_ERROR = 3;
const STREAM_CLOSED = 5;
const FRAME_SIZE_ERROR = 6;
const COMPRESSION_ERROR = 9;

const empty = Buffer.alloc(0);

/** The first request of a connection, and then what ends it. */
const ends = test.macro({
  exec(t, _: string, code: number, frames: readonly Buffer[]) {
    const heard = new HeardSession().receive(GREETING, headers(1, POST, FLAG.endHeaders));
    heard.receive(...frames.slice(0, -1));
    t.is(heard.fault, null);
    heard.receive(...frames.slice(-1));
    t.is(heard.fault?.code, code);
    t.is(heard.goAways().at(-1)?.[1], code);
  },
  title: (_, what, code) => `the connection ends with ${code}: ${what}`,
});

test(ends, 'DATA on no stream', PROTOCOL_ERROR, [data(0, 'x')]);
test(ends, 'DATA on a stream that nobody has opened', PROTOCOL_ERROR, [data(3, 'x')]);
test(ends, 'DATA on a stream of ours', PROTOCOL_ERROR, [data(2, 'x')]);
test(ends, 'DATA that is all padding length', PROTOCOL_ERROR, [
  frame(FRAME.data, FLAG.padded, 1, Buffer.from([5, 1, 2, 3])),
]);
test(ends, 'padded DATA without a length of it', FRAME_SIZE_ERROR, [
  frame(FRAME.data, FLAG.padded, 1, empty),
]);
test(ends, 'a frame beyond 16,384 bytes', FRAME_SIZE_ERROR, [data(1, 'x'.repeat(16_385))]);
test(ends, 'HEADERS beyond 16,384 bytes', FRAME_SIZE_ERROR, [
  frame(FRAME.headers, FLAG.endHeaders, 3, Buffer.alloc(16_385)),
]);
test(ends, 'HEADERS on no stream', PROTOCOL_ERROR, [headers(0, GET)]);
test(ends, 'HEADERS on a stream of ours', PROTOCOL_ERROR, [headers(2, GET)]);
test(ends, 'HEADERS padded beyond their end', PROTOCOL_ERROR, [
  frame(FRAME.headers, FLAG.endHeaders | FLAG.padded, 3, Buffer.from([3, 0x82, 0])),
]);
test(ends, 'HEADERS on a stream that was skipped', STREAM_CLOSED, [headers(5, GET), headers(3, GET)]);
test(ends, 'HEADERS that cannot be decoded', COMPRESSION_ERROR, [
  frame(FRAME.headers, FLAG.endHeaders, 3, Buffer.from([0x80])),
]);
test(ends, 'another frame within a header block', PROTOCOL_ERROR, [
  headers(3, GET, FLAG.none),
  windowUpdate(0, 1),
]);
test(ends, 'DATA within a header block', PROTOCOL_ERROR, [headers(3, GET, FLAG.none), data(1, 'x')]);
test(ends, 'CONTINUATION of another stream', PROTOCOL_ERROR, [
  headers(3, GET, FLAG.none),
  frame(FRAME.continuation, FLAG.endHeaders, 5, empty),
]);
test(ends, 'CONTINUATION of nothing', PROTOCOL_ERROR, [frame(FRAME.continuation, FLAG.endHeaders, 1, empty)]);
test(ends, 'RST_STREAM of a wrong length', FRAME_SIZE_ERROR, [frame(FRAME.resetStream, 0, 1, empty)]);
test(ends, 'RST_STREAM on no stream', PROTOCOL_ERROR, [resetStream(0, 8)]);
test(ends, 'RST_STREAM of what nobody has opened', PROTOCOL_ERROR, [resetStream(3, 8)]);
test(ends, 'SETTINGS on a stream', PROTOCOL_ERROR, [frame(FRAME.settings, 0, 1, empty)]);
test(ends, 'SETTINGS of a wrong length', FRAME_SIZE_ERROR, [frame(FRAME.settings, 0, 0, Buffer.alloc(5))]);
test(ends, 'an acknowledgement with entries', FRAME_SIZE_ERROR, [
  frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(6)),
]);
test(ends, 'push neither on nor off', PROTOCOL_ERROR, [settings([SETTING.enablePush, 2])]);
test(ends, 'a window beyond the largest', FLOW_CONTROL_ERROR, [
  settings([SETTING.initialWindowSize, 0x8000_0000]),
]);
test(ends, 'frames smaller than the least', PROTOCOL_ERROR, [settings([SETTING.maxFrameSize, 16_383])]);
test(ends, 'frames larger than the most', PROTOCOL_ERROR, [settings([SETTING.maxFrameSize, 0x100_0000])]);
test(ends, 'extended CONNECT neither on nor off', PROTOCOL_ERROR, [
  settings([SETTING.enableConnectProtocol, 2]),
]);
test(ends, 'a setting that makes the window of a stream too large', FLOW_CONTROL_ERROR, [
  windowUpdate(1, 0x7fffffff - 65_535),
  settings([SETTING.initialWindowSize, 65_536]),
]);
test(ends, 'PING of a wrong length', FRAME_SIZE_ERROR, [frame(FRAME.ping, 0, 0, uint32(0))]);
test(ends, 'PING on a stream', PROTOCOL_ERROR, [frame(FRAME.ping, 0, 1, uint32(0, 0))]);
test(ends, 'GOAWAY on a stream', PROTOCOL_ERROR, [frame(FRAME.goAway, 0, 1, uint32(0, 0))]);
test(ends, 'GOAWAY that is too short', FRAME_SIZE_ERROR, [frame(FRAME.goAway, 0, 0, uint32(0))]);
test(ends, 'WINDOW_UPDATE of a wrong length', FRAME_SIZE_ERROR, [frame(FRAME.windowUpdate, 0, 0, empty)]);
test(ends, 'WINDOW_UPDATE of nothing', PROTOCOL_ERROR, [windowUpdate(0, 0)]);
test(ends, 'WINDOW_UPDATE of what nobody has opened', PROTOCOL_ERROR, [windowUpdate(3, 1)]);
test(ends, 'PRIORITY without a stream', PROTOCOL_ERROR, [frame(FRAME.priority, 0, 0, Buffer.alloc(5))]);

test('what comes for a stream that we have reset is no fault, and the table goes on with it', t => {
  const heard = new HeardSession().receive(GREETING, headers(1, POST, FLAG.endHeaders));
  heard.heard.get(1)?.stream.reset(8);
  const trailers = frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, block([['x-new', 'y']], true));
  heard.receive(data(1, 'late'), windowUpdate(1, 5), resetStream(1, 8), trailers);
  heard.receive(
    frame(
      FRAME.headers,
      FLAG.endHeaders | FLAG.endStream,
      3,
      Buffer.concat([block(GET), Buffer.from([0xbe])]),
    ),
  );
  t.is(heard.fault, null);
  t.is(heard.heard.get(1)?.body, '');
  t.is(heard.heard.get(3)?.heads[0], 'GET / HTTP/1.1\r\nhost: a.com\r\nx-new: y\r\n');
});

test("a peer's GOAWAY is told, and its requests go on", t => {
  const heard = new HeardSession().receive(GREETING, goAway(0, 2), headers(1, GET));
  t.deepEqual(heard.goAway, { lastStreamId: 0, code: 2 });
  t.is(heard.heard.get(1)?.hasEnded, true);
});

test('after the last stream of a shutdown no request is taken', t => {
  const heard = new HeardSession().receive(GREETING, headers(1, GET));
  heard.session.shutdown();
  const [announced, asked] = heard.frames().slice(-2);
  t.is(announced?.type, FRAME.goAway);
  heard.receive(headers(3, GET), frame(FRAME.ping, FLAG.ack, 0, asked?.payload ?? empty));
  t.deepEqual(heard.goAways(), [[3, 0]]);
  heard.receive(headers(5, GET));
  t.is(heard.heard.get(5), undefined);
  t.deepEqual(
    heard.frames().map(({ type, streamId, payload }) => [type, streamId, payload.readUInt32BE(0)]),
    [[FRAME.resetStream, 5, 7]],
  );
  for (const id of [1, 3]) heard.heard.get(id)?.stream.respond(200, '', true);
  t.true(heard.session.isDrained);
});

test('a connection that is closed at once says its last stream once, also after a shutdown that nobody has answered', t => {
  const heard = new HeardSession().receive(GREETING, headers(1, GET));
  heard.session.close();
  heard.session.close();
  heard.session.shutdown();
  t.deepEqual(heard.goAways(), [[1, 0]]);
  const announced = new HeardSession().receive(GREETING);
  announced.session.shutdown();
  announced.session.close();
  t.deepEqual(announced.goAways(), [
    [0x7fffffff, 0],
    [0, 0],
  ]);
});
