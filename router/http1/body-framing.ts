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

/** Up to this many bytes travel as one string with their head: one write is cheaper than two. */
export const SMALL_BODY_BYTES = 16_384;

const NONE: readonly string[] = [];

/** Finds where one message's body ends in arbitrarily cut bytes, and passes it on. Reused for every message. */
export class BodyFraming {
  framing: Framing = FRAMING.none;
  /** Bytes that are still to come of a body of known length. */
  remaining = 0;
  #closed = false;
  #chunked: ChunkedBody | null = null;

  /** `hopByHop`: names that Connection listed, which trailers lose as headers do (RFC 9110 7.6.1). */
  begin(framing: Framing, length: number, hopByHop = NONE): void {
    this.framing = framing;
    this.remaining = framing === FRAMING.length ? length : 0;
    this.#closed = false;
    if (framing !== FRAMING.chunked && framing !== FRAMING.dechunked) return;
    this.#chunked ??= new ChunkedBody();
    this.#chunked.begin(framing === FRAMING.dechunked, hopByHop);
  }

  /** No more data than this may come in chunks. */
  limitTo(maxBytes: number): void {
    this.#chunked?.limitTo(maxBytes);
  }

  /** True where it failed for coming with more than it was limited to. */
  get isTooLarge(): boolean {
    return this.failed && this.#chunked?.isTooLarge === true;
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

  /** True once the bytes turned out not to be a body. */
  get failed(): boolean {
    return (
      (this.framing === FRAMING.chunked || this.framing === FRAMING.dechunked) &&
      this.#chunked?.failed === true
    );
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
        if (end > start) sink.bodyBytes(buffer, start, end);
        return end;
      case FRAMING.rechunked:
        if (end > start) {
          sink.bodyText(`${(end - start).toString(16)}\r\n`);
          sink.bodyBytes(buffer, start, end);
          sink.bodyText('\r\n');
        }
        return end;
      default:
        return this.#chunked?.take(buffer, start, end, sink) ?? start;
    }
  }

  /** The connection ended where that is the end of the message. */
  end(sink: BodySink): void {
    this.#closed = true;
    if (this.framing === FRAMING.rechunked) sink.bodyText('0\r\n\r\n');
  }
}
