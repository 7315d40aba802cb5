import { BodyFraming, FRAMING, SMALL_BODY_BYTES } from '../http1/body-framing.ts';
import type { BodySink } from '../http1/chunked-body.ts';
import type { RequestHead } from '../http1/request-head.ts';

const NOWHERE: BodySink = { bodyBytes: () => undefined, bodyText: () => undefined };

/** The body of the request in hand: where it ends, and its way upstream. */
export class RequestBody extends BodyFraming {
  /** True while the client holds it back for a 100 (RFC 9110 10.1.1). */
  isAwaited = false;

  /** True where a client that gets its answer now may send the body or leave it out: nothing behind the head is certain. */
  get mayBeLeftOut(): boolean {
    return this.isAwaited && !this.done;
  }

  /**
   * Null: there is no head that was accepted, and so no body. `isFramed`: it comes without HTTP/1.1's framing; one of
   * unknown length has a head that says `chunked`, and its end is told by `end`.
   */
  start(head: RequestHead | null, isFramed: boolean): void {
    this.isAwaited = head?.expectsContinue === true;
    if (head === null) this.begin(FRAMING.none, 0);
    else if (head.isChunked)
      this.begin(isFramed ? FRAMING.rechunked : FRAMING.chunked, 0, head.connectionOptions);
    else this.begin(head.contentLength > 0 ? FRAMING.length : FRAMING.none, head.contentLength);
  }

  /** The endpoint's protocol frames bodies itself: what it is sent is the content alone. Before anything of it is passed on. */
  unframe(): void {
    if (this.framing === FRAMING.chunked) this.framing = FRAMING.dechunked;
    else if (this.framing === FRAMING.rechunked) this.framing = FRAMING.untilClose;
  }

  /** Sends the head, and what there is of the body: a small one in the same write. Returns how much of `held` that was. */
  send(upstream: BodySink, headText: string, held: Buffer | null): number {
    const { framing, remaining } = this;
    const isWhole = framing === FRAMING.length && held !== null && remaining <= held.length;
    if (isWhole && remaining <= SMALL_BODY_BYTES) {
      upstream.bodyText(headText + held.toString('latin1', 0, remaining));
      this.remaining = 0;
      return remaining;
    }
    upstream.bodyText(headText);
    return held === null || this.done ? 0 : this.pass(upstream, held);
  }

  /** Passes on what belongs to this body; returns where it ends in `bytes`. */
  pass(upstream: BodySink, bytes: Buffer): number {
    this.isAwaited = false;
    return this.take(bytes, 0, bytes.length, upstream);
  }

  /** Reads past what belongs to this body. */
  skip(bytes: Buffer): number {
    return this.pass(NOWHERE, bytes);
  }
}
