import test from 'ava';
import { FLAG, FRAME, SETTING } from '../../../router/http2/frame.ts';
import type { SessionOptions } from '../../../router/http2/session-events.ts';
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

const PROTOCOL_ERROR = 1;
const FLOW_CONTROL_ERROR = 3;
const COMPRESSION_ERROR = 9;
const ENHANCE_YOUR_CALM = 11;

type Flood = {
  /** The bytes of its nth round. */
  readonly round: (at: number) => Buffer;
  /** How many rounds are still taken. */
  readonly taken: number;
  readonly code: number;
  readonly before?: Buffer;
  readonly options?: Partial<SessionOptions>;
  readonly serve?: Serve;
};

const streamId = (at: number): number => at * 2 + 1;

/** Answers at once: what a flood makes of that is the point of some. */
const answers: Serve = ({ stream }) => {
  stream.respond(200, '', false);
  stream.text('ok');
  stream.end();
};

const FLOODS: Readonly<Record<string, Flood>> = {
  'rapid reset (CVE-2023-44487)': {
    round: at => Buffer.concat([headers(streamId(at), GET), resetStream(streamId(at), 8)]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'MadeYouReset by WINDOW_UPDATE of nothing (CVE-2025-8671)': {
    round: at => Buffer.concat([headers(streamId(at), GET), windowUpdate(streamId(at), 0)]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'MadeYouReset by a window that becomes too large': {
    round: at => Buffer.concat([headers(streamId(at), GET), windowUpdate(streamId(at), 0x7fffffff)]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'MadeYouReset by DATA behind the end': {
    round: at => Buffer.concat([headers(streamId(at), GET), data(streamId(at), 'x')]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'MadeYouReset by HEADERS behind the end': {
    round: at => Buffer.concat([headers(streamId(at), GET), headers(streamId(at), GET)]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'MadeYouReset by PRIORITY of a wrong length': {
    round: at =>
      Buffer.concat([headers(streamId(at), GET), frame(FRAME.priority, 0, streamId(at), uint32(0))]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'MadeYouReset by more DATA than Content-Length says': {
    round: at =>
      Buffer.concat([
        headers(streamId(at), [...POST, ['content-length', '0']], FLAG.endHeaders),
        data(streamId(at), 'x'),
      ]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'requests that are malformed': {
    round: at => headers(streamId(at), [['x', 'y']]),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'requests with an empty header block': {
    round: at => headers(streamId(at), []),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'requests beyond the number of streams': {
    before: Buffer.concat(Array.from({ length: 100 }, (_, at) => headers(streamId(at), GET))),
    round: at => headers(streamId(100 + at), GET),
    taken: 100,
    code: ENHANCE_YOUR_CALM,
  },
  'CONTINUATIONs without end (CVE-2024-27983, CVE-2024-30255)': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, block([['x', 'y'.repeat(1_000)]])),
    taken: 16,
    code: ENHANCE_YOUR_CALM,
  },
  'CONTINUATIONs of no bytes (CVE-2026-33871)': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, Buffer.alloc(0)),
    taken: 16,
    code: ENHANCE_YOUR_CALM,
  },
  'a header block of more bytes than any may have': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, block([['x', 'y'.repeat(16_000)]])),
    taken: 4,
    code: ENHANCE_YOUR_CALM,
  },
  'SETTINGS (CVE-2019-9515)': {
    round: () => settings([SETTING.initialWindowSize, 65_535]),
    // The greeting has one.
    taken: 99,
    code: ENHANCE_YOUR_CALM,
  },
  'acknowledgements of SETTINGS': {
    round: () => frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)),
    taken: 99,
    code: ENHANCE_YOUR_CALM,
  },
  'PING (CVE-2019-9512)': { round: () => ping(), taken: 1_000, code: ENHANCE_YOUR_CALM },
  'acknowledgements of PING': { round: () => ping(FLAG.ack), taken: 1_000, code: ENHANCE_YOUR_CALM },
  'PRIORITY (CVE-2019-9513)': {
    round: at => frame(FRAME.priority, 0, streamId(at), Buffer.alloc(5)),
    taken: 1_000,
    code: ENHANCE_YOUR_CALM,
  },
  'empty DATA (CVE-2019-9518)': {
    before: headers(1, POST, FLAG.endHeaders),
    round: () => data(1, ''),
    // The request excuses eight.
    taken: 1_008,
    code: ENHANCE_YOUR_CALM,
  },
  'DATA of padding alone': {
    before: headers(1, POST, FLAG.endHeaders),
    round: () => frame(FRAME.data, FLAG.padded, 1, Buffer.from([3, 0, 0, 0])),
    taken: 1_008,
    code: ENHANCE_YOUR_CALM,
  },
  'empty DATA for a stream that has gone': {
    before: Buffer.concat([headers(1, GET), resetStream(1, 8)]),
    round: () => data(1, ''),
    taken: 1_008,
    code: ENHANCE_YOUR_CALM,
  },
  'WINDOW_UPDATE of one byte (CVE-2026-21714)': {
    round: () => windowUpdate(0, 1),
    taken: 1_000,
    code: ENHANCE_YOUR_CALM,
  },
  'WINDOW_UPDATE for a stream that has gone': {
    before: Buffer.concat([headers(1, GET), resetStream(1, 8)]),
    round: () => windowUpdate(1, 1),
    taken: 1_008,
    code: ENHANCE_YOUR_CALM,
  },
  'GOAWAY (CVE-2026-48937)': { round: () => goAway(0, 0), taken: 1_000, code: ENHANCE_YOUR_CALM },
  'ORIGIN (CVE-2026-48619)': {
    round: () => frame(0xc, 0, 0, Buffer.alloc(100)),
    taken: 1_000,
    code: ENHANCE_YOUR_CALM,
  },
  'ALTSVC, PRIORITY_UPDATE and types that nobody knows': {
    round: at => frame([0xa, 0x10, 0xee][at % 3] ?? 0xa, 0xff, at % 5, Buffer.alloc(20)),
    taken: 1_000,
    code: ENHANCE_YOUR_CALM,
  },
  'RST_STREAM of streams that have gone': {
    before: Buffer.concat([headers(1, GET), resetStream(1, 8)]),
    round: () => resetStream(1, 8),
    taken: 99,
    code: ENHANCE_YOUR_CALM,
  },
  'WINDOW_UPDATE beyond the largest window': {
    round: () => windowUpdate(0, 0x4000_0000),
    taken: 1,
    code: FLOW_CONTROL_ERROR,
  },
  'DATA beyond the window of the connection': {
    before: headers(1, POST, FLAG.endHeaders),
    round: () => data(1, 'x'.repeat(16_384)),
    taken: 4,
    code: FLOW_CONTROL_ERROR,
    options: { connectionWindow: 65_536, streamWindow: 1_048_576 },
  },
  'changes of the table size within a block': {
    round: at =>
      frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, streamId(at), Buffer.alloc(1_000, 0x20)),
    taken: 0,
    code: COMPRESSION_ERROR,
  },
};

const flood = test.macro({
  exec(t, name: string) {
    const {
      round,
      taken,
      code,
      before = Buffer.alloc(0),
      options,
      serve,
    } = FLOODS[name] ?? { round: ping, taken: 0, code: 0 };
    const heard = new HeardSession(options, serve).receive(GREETING, before);
    heard.bytes();
    for (let at = 0; at < taken; at += 1) heard.receive(round(at));
    t.is(heard.fault, null, `${taken} rounds are taken`);
    heard.receive(round(taken));
    t.is(heard.fault?.code, code);
    t.is(heard.goAways().at(-1)?.[1], code);
    t.is(heard.session.openStreams, 0);
    // What still comes is not even read.
    heard.receive(round(taken + 1));
    t.is(heard.session.pendingOutput, 0);
  },
  title: (_, name) => `S14: ${name}`,
});
for (const name of Object.keys(FLOODS)) test(flood, name);

/** Milliseconds that go on as a test says. */
const clock = { ms: 0 };

test('S14: what comes slowly is no flood', t => {
  const heard = new HeardSession({ now: () => clock.ms }).receive(GREETING);
  for (let at = 0; at < 1_000; at += 1) {
    clock.ms += 101;
    heard.receive(
      headers(streamId(at), GET),
      resetStream(streamId(at), 8),
      settings(),
      ping(),
      windowUpdate(0, 1),
    );
    heard.bytes();
  }
  t.is(heard.fault, null);
});

test('S14: a busy client that gives up some of its requests is no flood', t => {
  const heard = new HeardSession({}, answers).receive(GREETING, windowUpdate(0, 1_000_000));
  for (let at = 0; at < 1_000; at += 1) {
    const id = streamId(at);
    if (at % 3 === 0) heard.receive(headers(id, POST, FLAG.endHeaders), resetStream(id, 8));
    else heard.receive(headers(id, GET), windowUpdate(0, 2), ping());
    heard.bytes();
  }
  t.is(heard.fault, null);
});

test('S14: answers to PING that are not read end the connection, even of a busy client', t => {
  const heard = new HeardSession({}, answers).receive(GREETING);
  let rounds = 0;
  while (heard.fault === null && rounds < 10_000) {
    heard.receive(headers(streamId(rounds), GET), ping());
    rounds += 1;
  }
  t.is(heard.fault?.code, ENHANCE_YOUR_CALM);
  t.true(rounds <= 1_001);
  t.true(heard.session.pendingOutput < 65_536);
});

test('S14: cookie crumbs count like any fields (CVE-2026-47774)', t => {
  const crumbs = Array.from({ length: 4_000 }, (): RawField => ['cookie', 'a']);
  const fields = Buffer.concat([
    block(GET),
    block([['cookie', 'a']], true),
    Buffer.alloc(crumbs.length, 0xbe),
  ]);
  const heard = new HeardSession().receive(
    GREETING,
    frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, fields),
  );
  t.deepEqual(heard.heard.get(1)?.heads, ['! too large']);
  t.is(heard.fault, null);
});

test('S14: a HPACK bomb is counted and not unpacked', t => {
  const bomb = Buffer.concat([
    block(GET),
    block([['x', 'y'.repeat(4_000)]], true),
    Buffer.alloc(12_000, 0xbe),
  ]);
  const flags = FLAG.endHeaders | FLAG.endStream;
  const heard = new HeardSession().receive(GREETING);
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 50; at += 1) {
    heard.receive(frame(FRAME.headers, flags, streamId(at), bomb));
    t.deepEqual(heard.heard.get(streamId(at))?.heads, ['! too large']);
  }
  // Unpacked they are 2.4 GB.
  t.true(process.memoryUsage().heapUsed - before < 64 * 1_048_576);
});

test('S14: a client that opens streams and reads nothing of their bodies is held to the windows', t => {
  const heard = new HeardSession({}, ({ stream }, what) => {
    if (what !== 'head') return;
    stream.respond(200, '', false);
    stream.text('x'.repeat(1_000_000));
  }).receive(GREETING);
  heard.receive(headers(1, GET), headers(3, GET));
  t.true(heard.session.pendingOutput < 70_000);
  t.true(heard.heard.get(3)?.stream.isBlocked);
});

test('S14: SETTINGS that change the window of every stream many times in a frame change it once', t => {
  const heard = new HeardSession().receive(GREETING);
  for (let at = 0; at < 100; at += 1) heard.receive(headers(streamId(at), POST, FLAG.endHeaders));
  const entries = Array.from({ length: 2_700 }, (_, at) => [SETTING.initialWindowSize, at] as const);
  heard.receive(settings(...entries));
  t.is(heard.fault, null);
  heard.receive(settings([SETTING.initialWindowSize, 0x8000_0000]));
  t.is(heard.fault?.code, FLOW_CONTROL_ERROR);
});

test('S14: PUSH_PROMISE is not for us', t => {
  const heard = new HeardSession().receive(GREETING, frame(FRAME.pushPromise, FLAG.endHeaders, 1, uint32(2)));
  t.is(heard.fault?.code, PROTOCOL_ERROR);
});

test('S14: a stream that we have reset still counts what comes for it, so that the window does not leak', t => {
  const heard = new HeardSession({ connectionWindow: 65_535 }).receive(GREETING);
  heard.bytes();
  let credited = 0;
  for (let at = 0; at < 50; at += 1) {
    const id = streamId(at);
    heard.receive(headers(id, POST, FLAG.endHeaders), data(id, 'x'.repeat(10_000)));
    heard.heard.get(id)?.stream.reset(8);
    heard.receive(data(id, 'x'.repeat(10_000)));
    for (const { type, streamId: on, payload } of heard.frames()) {
      if (type === FRAME.windowUpdate && on === 0) credited += payload.readUInt32BE(0);
    }
  }
  t.is(heard.fault, null);
  t.true(credited >= 1_000_000 - 65_535);
});
