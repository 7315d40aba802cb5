import type { ErrorCode } from './error-code.ts';
import { MAX_FRAME_BYTES, MAX_WINDOW } from './frame.ts';
import type { Outgoing } from './outgoing.ts';
import type { ReceiveWindow } from './receive-window.ts';

/** What a stream asks of its connection. */
export interface StreamLink {
  readonly outgoing: Outgoing;
  /** What the peer may send of a stream that has sent nothing yet. */
  streamWindow(): ReceiveWindow;
  /** Bytes of it wait for a window. */
  blocked(stream: Http2Stream): void;
  /** It is over in both directions; `unread` bytes of it were not consumed. */
  closed(stream: Http2Stream, unread: number): void;
  /** Its owner gives it up. */
  resetByOwner(stream: Http2Stream, code: ErrorCode): void;
  /** Bytes of it were consumed, as far as the connection's window goes. */
  credit(bytes: number): void;
}

/**
 * One request and its answer. What its owner writes goes into the connection's output at once as far as the windows
 * allow, and waits here otherwise. Once it is over nothing that is asked of it has an effect.
 */
export class Http2Stream {
  readonly id: number;
  /** For the owner's use. */
  owner: unknown = null;
  /** Client role: the answer's final head has come. Server role: the request's. */
  hasHead = false;
  /** The answer has no body, whatever its Content-Length says. */
  isHeadRequest = false;
  /** What Content-Length says; -1: nothing. */
  expectedBytes = -1;
  receivedBytes = 0;
  readonly #link: StreamLink;
  /** Made when DATA comes: most requests have none. */
  #receiveWindow: ReceiveWindow | null = null;
  #sendWindow: number;
  #unread = 0;
  /** Made when something waits for the first time. */
  #queue: Buffer[] | null = null;
  #queuedBytes = 0;
  /** Of the first in the queue: where its unsent bytes begin. */
  #queueStart = 0;
  /** Field lines that wait behind the queue; null: none are to come. */
  #queuedTrailers: string | null = null;
  #endsAfterQueue = false;
  #hasSentEnd = false;
  #hasEnded = false;
  #isClosed = false;

  constructor(id: number, link: StreamLink) {
    this.id = id;
    this.#link = link;
    this.#sendWindow = link.outgoing.initialWindow;
  }

  /** True while bytes wait for a window. */
  get isBlocked(): boolean {
    return this.#queuedBytes > 0;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** The peer has ended its direction. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** It is over in both directions, or was reset. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Server role: the answer's head; `lines` are field lines, each with its CRLF. After a 1xx, which does not end the stream, another follows. */
  respond(status: number, lines: string, endsStream: boolean): void {
    if (!this.#maySend) return;
    this.#link.outgoing.answer(this.id, status, lines, endsStream);
    if (endsStream) this.#sentEnd();
  }

  /** Client role, by the session. */
  sendRequest(head: string, scheme: 'http' | 'https', endsStream: boolean): void {
    this.isHeadRequest = head.startsWith('HEAD ');
    this.#link.outgoing.request(this.id, head, scheme, endsStream);
    if (endsStream) this.#sentEnd();
  }

  /** Sends buffer[start, end); what the windows do not allow is copied and waits. */
  data(buffer: Buffer, start: number, end: number): void {
    if (!this.#maySend || start >= end) return;
    const allowed = this.#queuedBytes > 0 ? 0 : Math.min(end - start, this.#allowed);
    if (allowed > 0) this.#send(buffer, start, start + allowed);
    if (start + allowed < end) this.#wait(Buffer.from(buffer.subarray(start + allowed, end)));
  }

  /** Sends a byte string. */
  text(latin1: string): void {
    if (!this.#maySend || latin1 === '') return;
    const { length } = latin1;
    if (this.#queuedBytes === 0 && length <= this.#allowed && length <= MAX_FRAME_BYTES) {
      this.#link.outgoing.text(this.id, latin1);
      this.#sendWindow -= length;
    } else {
      this.data(Buffer.from(latin1, 'latin1'), 0, length);
    }
  }

  /** Ends our direction, behind what waits. */
  end(): void {
    if (!this.#maySend) return;
    if (this.#queuedBytes > 0) {
      this.#endsAfterQueue = true;
      return;
    }
    this.#link.outgoing.end(this.id);
    this.#sentEnd();
  }

  /** Ends our direction with trailers, behind what waits. */
  trailers(lines: string): void {
    if (!this.#maySend) return;
    if (this.#queuedBytes > 0) {
      this.#queuedTrailers = lines;
      this.#endsAfterQueue = true;
      return;
    }
    this.#link.outgoing.answer(this.id, -1, lines, true);
    this.#sentEnd();
  }

  /** Gives the stream up, in both directions. */
  reset(code: ErrorCode): void {
    if (!this.#isClosed) this.#link.resetByOwner(this, code);
  }

  /** The owner is done with so many bytes of what it was given: the peer may send as many more. */
  consume(bytes: number): void {
    if (this.#isClosed) return;
    const consumed = Math.min(bytes, this.#unread);
    this.#unread -= consumed;
    this.#link.credit(consumed);
    const due = this.#hasEnded ? 0 : (this.#receiveWindow?.give(consumed) ?? 0);
    if (due > 0) this.#link.outgoing.windowUpdate(this.id, due);
  }

  /** By the session: a DATA frame of `length` bytes, of which `padding` are no data. False if the peer may not send that much. */
  received(length: number, padding: number): boolean {
    this.#receiveWindow ??= this.#link.streamWindow();
    if (!this.#receiveWindow.take(length)) return false;
    this.receivedBytes += length - padding;
    this.#unread += length;
    if (padding > 0) this.consume(padding);
    return true;
  }

  /** By the session: false if the peer has sent more than its Content-Length, or, once it has ended, less. */
  isAsLongAsSaid(isWhole: boolean): boolean {
    if (this.expectedBytes === -1) return true;
    return isWhole ? this.receivedBytes === this.expectedBytes : this.receivedBytes <= this.expectedBytes;
  }

  /** By the session: the peer has ended its direction. `settle` follows, once the owner knows. */
  peerEnded(): void {
    this.#hasEnded = true;
  }

  /** By the session: the stream is over if both directions have ended. */
  settle(): void {
    if (this.#hasEnded && this.#hasSentEnd) this.close();
  }

  /** By the session: the stream is over. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = null;
    this.#queuedBytes = 0;
    this.#queuedTrailers = null;
    this.#link.closed(this, this.#unread);
  }

  /** By the session: false if that makes the window larger than any may be. */
  widen(bytes: number): boolean {
    this.#sendWindow += bytes;
    return this.#sendWindow <= MAX_WINDOW;
  }

  /** By the session: sends at most a frame of what waits; false if the windows allow nothing. */
  sendQueued(): boolean {
    const first = this.#queue?.[0];
    const allowed = Math.min(this.#allowed, MAX_FRAME_BYTES);
    if (first === undefined || allowed <= 0) return false;
    const end = Math.min(first.length, this.#queueStart + allowed);
    const sent = end - this.#queueStart;
    this.#send(first, this.#queueStart, end);
    this.#queuedBytes -= sent;
    this.#queueStart = end;
    if (end === first.length) {
      this.#queue?.shift();
      this.#queueStart = 0;
    }
    if (this.#queuedBytes === 0 && this.#endsAfterQueue) this.#endQueue();
    return true;
  }

  /** By the session: nothing waits, and its owner may write more. */
  get isWritable(): boolean {
    return this.#maySend && this.#queuedBytes === 0;
  }

  get #maySend(): boolean {
    return !(this.#isClosed || this.#hasSentEnd || this.#endsAfterQueue);
  }

  get #allowed(): number {
    // A change of settings may have made a window negative (RFC 9113 6.9.2).
    return Math.max(0, Math.min(this.#sendWindow, this.#link.outgoing.window));
  }

  #send(buffer: Buffer, start: number, end: number): void {
    this.#link.outgoing.data(this.id, buffer, start, end);
    this.#sendWindow -= end - start;
  }

  #wait(bytes: Buffer): void {
    this.#queue ??= [];
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#link.blocked(this);
  }

  #endQueue(): void {
    const lines = this.#queuedTrailers;
    this.#queuedTrailers = null;
    if (lines === null) this.#link.outgoing.end(this.id);
    else this.#link.outgoing.answer(this.id, -1, lines, true);
    this.#sentEnd();
  }

  #sentEnd(): void {
    this.#hasSentEnd = true;
    this.settle();
  }
}
