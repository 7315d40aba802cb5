import { BodyFraming, FRAMING, SMALL_BODY_BYTES } from '../http1/body-framing.ts';
import type { BodySink } from '../http1/chunked-body.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { UpstreamLink } from '../upstream/upstream-link.ts';
import { KeptBody } from './kept-body.ts';

const NOWHERE: BodySink = { bodyBytes: () => undefined, bodyText: () => undefined };

/** The body of the request in hand: where it ends, and its way upstream. */
export class RequestBody extends BodyFraming {
  /** True while the client holds it back for a 100 (RFC 9110 10.1.1). */
  isAwaited = false;
  /** Where the endpoint's protocol frames bodies itself: what has been sent of this one. */
  #kept: KeptBody | null = null;
  #isUnframed = false;

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
    this.#isUnframed = false;
    if (head === null) this.begin(FRAMING.none, 0);
    else if (head.isChunked)
      this.begin(isFramed ? FRAMING.rechunked : FRAMING.chunked, 0, head.connectionOptions);
    else this.begin(head.contentLength > 0 ? FRAMING.length : FRAMING.none, head.contentLength);
  }

  /** True where all that has been sent can be sent again, to another endpoint. */
  get canBeSentAgain(): boolean {
    return !this.#isUnframed || this.#kept?.text !== null;
  }

  /** The endpoint's protocol frames bodies itself: what it is sent is the content alone, now and on every further try. */
  #unframe(): KeptBody {
    this.#kept ??= new KeptBody();
    if (this.#isUnframed) return this.#kept;
    this.#isUnframed = true;
    this.#kept.begin();
    this.passContentOnly();
    return this.#kept;
  }

  /** As `send`, to an endpoint whose protocol frames bodies itself; what was sent to another one before is sent again. */
  #sendContent(upstream: UpstreamLink, headText: string, held: Buffer | null): number {
    const kept = this.#unframe();
    const before = headText + (kept.text ?? '');
    const { framing, remaining } = this;
    const isWhole = framing === FRAMING.length && held !== null && remaining <= held.length;
    if (isWhole && remaining <= SMALL_BODY_BYTES) {
      const text = held.toString('latin1', 0, remaining);
      kept.keep(text);
      upstream.bodyText(before + text);
      this.remaining = 0;
      return remaining;
    }
    upstream.bodyText(before);
    // It may have found out that its connection takes no more streams: then it waits for another one, and so do we.
    const waits = held === null || this.done || !upstream.isConnected;
    return waits ? 0 : this.pass(upstream, held);
  }

  /** Sends the head, and what there is of the body: a small one in the same write. Returns how much of `held` that was. */
  send(upstream: UpstreamLink, headText: string, held: Buffer | null): number {
    if (upstream.framesBodies) return this.#sendContent(upstream, headText, held);
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
    const sink = this.#isUnframed ? (this.#kept?.passingTo(upstream) ?? upstream) : upstream;
    return this.take(bytes, 0, bytes.length, sink);
  }

  /** Reads past what belongs to this body; -1 if it turns out to be none. */
  skip(bytes: Buffer): number {
    const at = this.pass(NOWHERE, bytes);
    return this.failed ? -1 : at;
  }
}
