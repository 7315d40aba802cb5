import { type BodySink, ChunkedBody } from './chunked-body.ts';

/** How the end of a message is found (RFC 9112 6.3), and how its body is passed on. */
export const FRAMING = {
  none: 0,
  length: 1,
  /** Passed on in chunks. */
  chunked: 2,
  /** Passed on without its chunks: to an HTTP/1.0 client. */
  dechunked: 3,
  untilClose: 4,
  /** Ended by close, passed on in chunks, so that the client sees whether it is complete. */
  rechunked: 5,
} as const;

export type Framing = (typeof FRAMING)[keyof typeof FRAMING];

/** True for what an HTTP/1.0 client is sent without a length. */
export const endsByClose = (framing: Framing): boolean =>
  framing === FRAMING.untilClose || framing === FRAMING.dechunked;

/** Up to this many bytes travel as one string with their head: one write is cheaper than two. */
export const SMALL_BODY_BYTES = 16_384;

const NONE: readonly string[] = [];

/** Finds where one message's body ends in arbitrarily cut bytes, and passes it on. Reused for every message. */
export class BodyFraming {
  framing: Framing = FRAMING.none;
  /** Bytes that are still to come of a body of known length. */
  remaining = 0;
  #closed = false;
  /** How much more may come of a body of unknown length. */
  #allowance = Number.POSITIVE_INFINITY;
  #chunked: ChunkedBody | null = null;

  /** `hopByHop`: names that Connection listed, which trailers lose as headers do (RFC 9110 7.6.1). */
  begin(framing: Framing, length: number, hopByHop = NONE): void {
    this.framing = framing;
    this.remaining = framing === FRAMING.length ? length : 0;
    this.#closed = false;
    this.#allowance = Number.POSITIVE_INFINITY;
    if (framing !== FRAMING.chunked && framing !== FRAMING.dechunked) return;
    this.#chunked ??= new ChunkedBody();
    this.#chunked.begin(framing === FRAMING.dechunked, hopByHop);
  }

  /** Before anything of it is taken: it is passed on without what frames it here. */
  passContentOnly(): void {
    if (this.framing === FRAMING.rechunked) this.framing = FRAMING.untilClose;
    if (this.framing !== FRAMING.chunked) return;
    this.framing = FRAMING.dechunked;
    this.#chunked?.passDataOnly();
  }

  /** No more data than this may come where no length says how much there is. */
  limitTo(maxBytes: number): void {
    this.#allowance = maxBytes;
    this.#chunked?.limitTo(maxBytes);
  }

  /** True where it failed for coming with more than it was limited to. */
  get isTooLarge(): boolean {
    return this.#isChunked ? this.failed && this.#chunked?.isTooLarge === true : this.#allowance < 0;
  }

  /** Trailer lines of a body that was passed on without its chunks; empty where there are none. */
  get trailers(): string {
    return this.framing === FRAMING.dechunked ? (this.#chunked?.trailers ?? '') : '';
  }

  /** True once the whole body has been taken. */
  get done(): boolean {
    switch (this.framing) {
      case FRAMING.none:
        return true;
      case FRAMING.length:
        return this.remaining === 0;
      case FRAMING.chunked:
      case FRAMING.dechunked:
        return this.#chunked?.done === true;
      default:
        return this.#closed;
    }
  }

  /** True once the bytes turned out not to be a body, or too many. */
  get failed(): boolean {
    return this.#isChunked ? this.#chunked?.failed === true : this.#allowance < 0;
  }

  get #isChunked(): boolean {
    return this.framing === FRAMING.chunked || this.framing === FRAMING.dechunked;
  }

  /** True if the message ends with its connection. */
  get isUntilClose(): boolean {
    return this.framing === FRAMING.untilClose || this.framing === FRAMING.rechunked;
  }

  /** Passes on what belongs to this body; returns where it ends in these bytes. */
  take(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    switch (this.framing) {
      case FRAMING.none:
        return start;
      case FRAMING.length: {
        const taken = Math.min(this.remaining, end - start);
        this.remaining -= taken;
        if (taken > 0) sink.bodyBytes(buffer, start, start + taken);
        return start + taken;
      }
      case FRAMING.untilClose:
        this.#allowance -= end - start;
        if (end > start && this.#allowance >= 0) sink.bodyBytes(buffer, start, end);
        return end;
      case FRAMING.rechunked:
        this.#allowance -= end - start;
        if (end > start && this.#allowance >= 0) {
          sink.bodyText(`${(end - start).toString(16)}\r\n`);
          sink.bodyBytes(buffer, start, end);
          sink.bodyText('\r\n');
        }
        return end;
      default:
        return this.#chunked?.take(buffer, start, end, sink) ?? start;
    }
  }

  /** The connection, or the framing around it, ended where that is the end of the message. */
  end(sink: BodySink, trailers = ''): void {
    this.#closed = true;
    if (this.framing === FRAMING.rechunked) sink.bodyText(`0\r\n${trailers}\r\n`);
  }
}
