import test from 'ava';
import fc from 'fast-check';
import { FLAG, FRAME } from '../../../router/http2/frame.ts';
import { HeardSession, type Serve } from '../../helpers/heard-session.ts';
import {
  block,
  data,
  frame,
  GET,
  GREETING,
  goAway,
  headers,
  POST,
  ping,
  type RawField,
  resetStream,
  settings,
  uint32,
  windowUpdate,
} from '../../helpers/http2-frames.ts';

const padded = (payload: Buffer, padding: number): Buffer =>
  Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding)]);

/** All that a connection may see: heads in one frame and in several, padding, priorities, bodies, trailers, control frames. */
const CONVERSATION = Buffer.concat([
  GREETING,
  frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)),
  headers(1, GET),
  windowUpdate(0, 1_000),
  headers(3, [...POST, ['content-length', '10']], FLAG.endHeaders),
  data(3, 'hello'),
  ping(),
  frame(FRAME.data, FLAG.padded, 3, padded(Buffer.from('world'), 7)),
  data(3, '', FLAG.endStream),
  frame(
    FRAME.headers,
    FLAG.padded | FLAG.priority,
    5,
    padded(Buffer.concat([uint32(0), Buffer.from([16]), block(POST)]), 3),
  ),
  frame(FRAME.continuation, FLAG.none, 5, Buffer.alloc(0)),
  frame(FRAME.continuation, FLAG.endHeaders, 5, block([['x-late', 'yes']])),
  frame(FRAME.data, FLAG.padded, 5, padded(Buffer.alloc(0), 0)),
  headers(5, [['x-sum', '1']]),
  frame(0xc, 0xff, 0, Buffer.from('origin')),
  frame(FRAME.priority, FLAG.none, 9, Buffer.alloc(5)),
  headers(7, POST, FLAG.endHeaders),
  resetStream(7, 8),
  data(7, 'late'),
  settings([4, 70_000], [0x99, 1]),
  goAway(0, 0),
]);

const echo: Serve = ({ stream, body, hasEnded }) => {
  if (!hasEnded) return;
  stream.respond(200, 'X-A: b\r\n', false);
  stream.text(body);
  stream.end();
};

/** What is heard and said of a conversation that comes in these pieces. */
const outcome = (pieces: readonly Buffer[]): unknown => {
  const heard = new HeardSession({}, echo);
  // Each piece is gone when the next comes, as a socket's read buffer is.
  for (const piece of pieces) {
    const once = Buffer.from(piece);
    heard.receive(once);
    once.fill(0xff);
  }
  return {
    streams: [...heard.heard].map(([id, { heads, body, trailers, hasEnded, reset, stream }]) => ({
      id,
      heads,
      body,
      trailers,
      hasEnded,
      reset,
      isClosed: stream.isClosed,
    })),
    fault: heard.fault,
    goAway: heard.goAway,
    output: heard.bytes().toString('hex'),
  };
};

const WHOLE = outcome([CONVERSATION]);

test('the conversation is understood', t => {
  const heard = new HeardSession({}, echo).receive(CONVERSATION);
  t.is(heard.fault, null);
  t.is(heard.heard.get(3)?.body, 'helloworld');
  t.is(heard.heard.get(5)?.heads[0], 'POST / HTTP/1.1\r\nhost: a.com\r\nx-late: yes\r\n');
  t.is(heard.heard.get(5)?.trailers, 'x-sum: 1\r\n');
  t.deepEqual(heard.heard.get(7)?.reset, { code: 8, byPeer: true });
  t.deepEqual(heard.goAway, { lastStreamId: 0, code: 0 });
  t.is(heard.session.openStreams, 0);
});

test('the same conversation cut at any byte comes to the same', t => {
  for (let at = 0; at <= CONVERSATION.length; at += 1) {
    t.deepEqual(outcome([CONVERSATION.subarray(0, at), CONVERSATION.subarray(at)]), WHOLE, `cut at ${at}`);
  }
});

test('the same conversation byte by byte comes to the same', t => {
  t.deepEqual(outcome(Array.from(CONVERSATION, byte => Buffer.from([byte]))), WHOLE);
});

test('the same conversation in any pieces comes to the same', t => {
  fc.assert(
    fc.property(fc.array(fc.nat(CONVERSATION.length), { maxLength: 30 }), cuts => {
      const ends = [...cuts.toSorted((a, b) => a - b), CONVERSATION.length];
      const pieces = ends.map((end, at) => CONVERSATION.subarray(ends[at - 1] ?? 0, end));
      t.deepEqual(outcome(pieces), WHOLE);
    }),
    { numRuns: 200 },
  );
});

const fields: fc.Arbitrary<RawField[]> = fc.array(
  fc.oneof(
    fc.constantFrom(...GET, ...POST),
    fc.tuple(
      fc.constantFrom(
        'content-length',
        'cookie',
        'te',
        'host',
        'connection',
        ':protocol',
        ':status',
        'x',
        'X',
        '',
      ),
      fc.constantFrom('0', '5', 'a=b', 'trailers', 'a.com', 'websocket', '200', '103', 'a\r\nb', ''),
    ),
  ),
  { maxLength: 8 },
);

const flags = fc.constantFrom(0, 1, 4, 5, 5, 5, 8, 0x0c, 0x20, 0x25, 0x2d, 0xff);
const streamId = fc.oneof(fc.nat(9), fc.constantFrom(0, 1, 3, 5, 0x7fffffff));
const payload = fc.oneof(
  fields.map(list => block(list)),
  fields.map(list => block(list, true)),
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
  fc.constantFrom(uint32(0), uint32(1), uint32(0x7fffffff), uint32(0, 0), Buffer.alloc(5), Buffer.alloc(0)),
);
const anyFrame = fc
  .tuple(fc.constantFrom(0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 255), flags, streamId, payload)
  .map(([type, flag, id, bytes]) => frame(type, flag, id, bytes));
const goodFrame = fc.oneof(
  fc
    .tuple(fc.constantFrom(1, 3, 5, 7, 9), fields, fc.constantFrom(4, 5))
    .map(([id, list, flag]) => headers(id, [...GET, ...list], flag)),
  fc
    .tuple(fc.constantFrom(1, 3, 5, 7, 9), fc.string({ maxLength: 20 }), fc.constantFrom(0, 1))
    .map(([id, text, flag]) => data(id, text, flag)),
  fc.constantFrom(
    ping(),
    settings(),
    windowUpdate(0, 10),
    resetStream(1, 8),
    settings([4, 10]),
    settings([4, 100_000]),
  ),
);

/** An owner that does all sorts of things, among them such as make no sense. */
const restless: Serve = ({ stream, body }, what) => {
  stream.consume(body.length);
  if (body.length % 3 === 0) stream.respond(200, 'X: y\r\nbroken\r\n', body.length % 2 === 0);
  stream.text(body.repeat(10));
  if (what === 'trailers') stream.trailers('a: b\r\n');
  if (body.length % 5 === 4) stream.reset(body.length % 2);
  if (what === 'data') stream.end();
  stream.respond(500, '', true);
};

for (const role of ['server', 'client'] as const) {
  test(`any frames, and any bytes behind them, are taken or refused by a ${role}, and nothing is thrown`, t => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(anyFrame, goodFrame, goodFrame), { maxLength: 25 }),
        fc.uint8Array({ maxLength: 30 }),
        fc.nat(40),
        (frames, rest, cut) => {
          const heard = new HeardSession({ role }, restless);
          if (role === 'server') heard.receive(GREETING);
          else {
            heard.receive(settings());
            for (const end of [true, false, true, false])
              heard.session.request('POST /a HTTP/1.1\r\nHost: a\r\n\r\n', 'http', end);
          }
          const bytes = Buffer.concat([...frames, rest]);
          heard.receive(bytes.subarray(0, cut), bytes.subarray(cut));
          t.true(heard.session.openStreams <= 100);
          if (heard.fault !== null) t.is(heard.session.openStreams, 0);
          heard.frames();
        },
      ),
      { numRuns: 2_000 },
    );
  });
}
