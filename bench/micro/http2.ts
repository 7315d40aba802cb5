import { RequestHead } from '../../router/http1/request-head.ts';
import { ERROR_CODE } from '../../router/http2/error-code.ts';
import { CLIENT_PREFACE, FLAG, FRAME, FRAME_HEAD_BYTES } from '../../router/http2/frame.ts';
import { requestText } from '../../router/http2/request-text.ts';
import { Http2Session } from '../../router/http2/session.ts';
import type { Http2Events } from '../../router/http2/session-events.ts';
import type { Http2Stream } from '../../router/http2/stream.ts';
import { requestText as browserText } from '../load/request-text.ts';
import { compare } from './interleaved.ts';

/** What HTTP/2 costs above HTTP/1.1: a browser's GET, as it is sent again and again on a connection, and a small answer. */
const [requestLine = '', ...lines] = browserText('get', 'shop.bench.test', false).trimEnd().split('\r\n');
const path = requestLine.split(' ')[1] ?? '';
const fields: readonly (readonly [name: string, value: string])[] = [
  [':path', path] as const,
  ...lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    return [name === 'host' ? ':authority' : name, line.slice(colon + 2)];
  }),
].filter(([name]) => name !== 'connection');

/** Good below 127, which none of these reaches but the user agent. */
const literal = (text: string): Buffer => {
  const length = text.length < 127 ? [text.length] : [127, text.length - 127];
  return Buffer.concat([Buffer.from(length), Buffer.from(text, 'latin1')]);
};
const METHOD_GET_SCHEME_HTTPS = Buffer.from([0x82, 0x87]);
const remembered = Buffer.concat([
  METHOD_GET_SCHEME_HTTPS,
  ...fields.flatMap(([name, value]) => [Buffer.from([0x40]), literal(name), literal(value)]),
]);
// Newest first: the last one is 62.
const [pathIndex = 0, ...otherIndexes] = fields.map((_, at) => 0x80 | (61 + fields.length - at));
const samePath = Buffer.concat([METHOD_GET_SCHEME_HTTPS, Buffer.from([pathIndex, ...otherIndexes])]);
const newPath = Buffer.concat([
  METHOD_GET_SCHEME_HTTPS,
  Buffer.from([0x04]),
  literal(path),
  Buffer.from(otherIndexes),
]);

const frame = (type: number, flags: number, streamId: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
};
const headers = (block: Buffer): Buffer => frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, block);

const ANSWER_LINES =
  'Server: nginx/1.22.1\r\nDate: Mon, 23 Nov 2026 07:15:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 64\r\n';
const BODY = 'x'.repeat(64);
const written = Buffer.alloc(65_536);
const write = (buffer: Buffer, start: number, end: number): unknown => buffer.copy(written, 0, start, end);

/** A session that has heard the first request; each further call sends one more and does with it what `serve` says. */
const connection = (block: Buffer, serve: (stream: Http2Stream) => void): (() => void) => {
  const events: Http2Events = {
    onHeaders: (stream, section, _, endsStream) => {
      const text = requestText(section, endsStream, null);
      if (text.kind !== 'text') throw new Error(JSON.stringify([text, section.fields]));
      serve(stream);
    },
    onData: () => undefined,
    onReset: () => undefined,
    onWritable: () => undefined,
    onOutput: () => undefined,
    onGoAway: () => undefined,
    onFault: (_, reason) => {
      throw new Error(reason);
    },
  };
  const session = new Http2Session(
    {
      role: 'server',
      maxStreams: 100,
      maxHeaderBytes: 32_768,
      maxFields: 100,
      streamWindow: 65_535,
      connectionWindow: 1_048_576,
      enableConnect: false,
      now: Date.now,
    },
    events,
  );
  const first = Buffer.concat([
    CLIENT_PREFACE,
    frame(FRAME.settings, FLAG.none, 0, Buffer.alloc(0)),
    // The client has read all that it will ever get: windows are not what is measured.
    frame(FRAME.windowUpdate, FLAG.none, 0, Buffer.from([0x7f, 0, 0, 0])),
    headers(remembered),
  ]);
  session.receive(first, 0, first.length);
  session.flush(write);
  const again = headers(block);
  let id = 1;
  return () => {
    id += 2;
    again.writeUInt32BE(id, 5);
    session.receive(again, 0, again.length);
    session.flush(write);
  };
};

const refuse = (stream: Http2Stream): void => stream.reset(ERROR_CODE.noError);
const answer = (stream: Http2Stream): void => {
  stream.respond(200, ANSWER_LINES, false);
  stream.text(BODY);
  stream.end();
};

const head = new RequestHead();
const http1 = browserText('get', 'shop.bench.test', false).slice(0, -2);

compare('HTTP/2: a small GET', [
  { name: 'for comparison: RequestHead.parse', run: () => head.parse(http1) },
  { name: 'request, all indexed: to text, and a reset', run: connection(samePath, refuse) },
  { name: 'request, path literal: to text, and a reset', run: connection(newPath, refuse) },
  { name: 'the same, and a small answer', run: connection(samePath, answer) },
  { name: 'the same with a literal path', run: connection(newPath, answer) },
]);
