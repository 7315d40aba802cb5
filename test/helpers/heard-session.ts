import { answerText } from '../../router/http2/answer-text.ts';
import { FRAME } from '../../router/http2/frame.ts';
import type { FieldSection } from '../../router/http2/hpack/field-section.ts';
import { requestText } from '../../router/http2/request-text.ts';
import { Http2Session } from '../../router/http2/session.ts';
import type { Http2Events, SessionOptions } from '../../router/http2/session-events.ts';
import type { Http2Stream } from '../../router/http2/stream.ts';
import { trailerLines } from '../../router/http2/trailer-lines.ts';
import { type Frame, framesOf } from './http2-frames.ts';

export const SESSION_OPTIONS: SessionOptions = {
  role: 'server',
  maxStreams: 100,
  maxHeaderBytes: 32_768,
  maxFields: 100,
  streamWindow: 65_535,
  connectionWindow: 1_048_576,
  enableConnect: true,
  now: () => 0,
};

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** What a stream has received, as texts. */
export type Heard = {
  readonly stream: Http2Stream;
  /** Heads as HTTP/1.1 text, or the reason why there is none. */
  readonly heads: string[];
  body: string;
  trailers: string | null;
  hasEnded: boolean;
  reset: { readonly code: number; readonly byPeer: boolean } | null;
};

const headText = (fields: FieldSection, endsStream: boolean, role: SessionOptions['role']): string => {
  const read = role === 'server' ? requestText(fields, endsStream, KEY) : answerText(fields);
  if (read.kind === 'text') return read.text;
  return read.kind === 'malformed' ? `! ${read.reason}` : '! too large';
};

/** What is done with a stream when something of it has come: nothing, unless a test says so. */
export type Serve = (heard: Heard, what: 'head' | 'data' | 'trailers' | 'writable') => void;

/** A session that notes all that it is told, and resets what is malformed, as its owner is to. */
export class HeardSession implements Http2Events {
  readonly session: Http2Session;
  readonly heard = new Map<number, Heard>();
  goAway: { readonly lastStreamId: number; readonly code: number } | null = null;
  fault: { readonly code: number; readonly reason: string } | null = null;
  outputCalls = 0;
  readonly #role: SessionOptions['role'];
  readonly #serve: Serve;
  readonly #onOutput: () => void;

  constructor(
    options: Partial<SessionOptions> = {},
    serve: Serve = () => undefined,
    onOutput = (): void => undefined,
  ) {
    const all = { ...SESSION_OPTIONS, ...options };
    this.#role = all.role;
    this.#serve = serve;
    this.#onOutput = onOutput;
    this.session = new Http2Session(all, this);
  }

  /** Notes of a stream from now on, as of one that was just opened. */
  of(stream: Http2Stream): Heard {
    const known = this.heard.get(stream.id);
    if (known !== undefined) return known;
    const heard = { stream, heads: [], body: '', trailers: null, hasEnded: false, reset: null };
    this.heard.set(stream.id, heard);
    return heard;
  }

  onHeaders(stream: Http2Stream, fields: FieldSection, kind: 'head' | 'trailers', endsStream: boolean): void {
    const heard = this.of(stream);
    heard.hasEnded ||= endsStream;
    const text = kind === 'head' ? headText(fields, endsStream, this.#role) : trailerLines(fields);
    if (kind === 'head') heard.heads.push(text ?? '');
    else heard.trailers = text;
    if (text === null || text.startsWith('! ')) stream.reset(1);
    else this.#serve(heard, kind);
  }

  onData(stream: Http2Stream, buffer: Buffer, start: number, end: number, endsStream: boolean): void {
    const heard = this.of(stream);
    heard.hasEnded ||= endsStream;
    heard.body += buffer.toString('latin1', start, end);
    this.#serve(heard, 'data');
  }

  onReset(stream: Http2Stream, code: number, byPeer: boolean): void {
    this.of(stream).reset = { code, byPeer };
  }

  onWritable(stream: Http2Stream): void {
    this.#serve(this.of(stream), 'writable');
  }

  onOutput(): void {
    this.outputCalls += 1;
    this.#onOutput();
  }

  onGoAway(lastStreamId: number, code: number): void {
    this.goAway = { lastStreamId, code };
  }

  onFault(code: number, reason: string): void {
    if (this.fault !== null) throw new Error('a second fault');
    this.fault = { code, reason };
  }

  receive(...parts: readonly Buffer[]): this {
    for (const part of parts) this.session.receive(part, 0, part.length);
    return this;
  }

  /** All that waits, as bytes. */
  bytes(): Buffer {
    const parts: Buffer[] = [];
    this.session.flush((buffer, start, end) => parts.push(Buffer.from(buffer.subarray(start, end))));
    return Buffer.concat(parts);
  }

  /** All that waits, as frames. */
  frames(): Frame[] {
    return framesOf(this.bytes());
  }

  /** The code and last stream of each GOAWAY that waits. */
  goAways(): (readonly [lastStreamId: number, code: number])[] {
    return this.frames()
      .filter(({ type }) => type === FRAME.goAway)
      .map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);
  }
}
