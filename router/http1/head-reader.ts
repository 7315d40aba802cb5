import { CR, isTokenChar, LF } from './characters.ts';
import { END_OF_HEAD, hasBareLineFeed } from './head-end.ts';
import { HEAD_FAULT, type HeadFault } from './head-fault.ts';
import { MAX_HEADER_BYTES, MAX_TARGET_BYTES, type RequestHead } from './request-head.ts';

/** Method, spaces and version around the target. */
const MAX_REQUEST_LINE_BYTES = MAX_TARGET_BYTES + 64;
const MAX_HEAD_BYTES = MAX_REQUEST_LINE_BYTES + MAX_HEADER_BYTES;

/** With one read on top it stays below what a stream may hold (DESIGN 7). */
const MAX_HELD_AHEAD_BYTES = 16_384;

const EMPTY = Buffer.alloc(0);

/** Bytes of one connection that nobody has taken yet: the start of a head, or what was sent ahead of its turn. */
export class HeadReader {
  /** True while the start of a head waits for its rest. */
  isPartial = false;
  #held: Buffer | null = null;
  #isBorrowed = false;
  /** Where the search for the end of the head goes on. */
  #searched = 0;
  #hasSkippedLine = false;

  get held(): Buffer | null {
    return this.#held;
  }

  /** True where no more may be sent ahead. */
  get isFull(): boolean {
    return this.#held !== null && this.#held.length >= MAX_HELD_AHEAD_BYTES;
  }

  /** Holds `bytes` as they are: whoever owns them may write over them until `keep` is called. */
  append(bytes: Buffer): void {
    this.#isBorrowed = this.#held === null;
    this.#held = this.#held === null ? bytes : Buffer.concat([this.#held, bytes]);
  }

  /**
   * The usual read: buffer[0, count) begins with a whole head, of which nothing has come before. Reads it into `head`
   * and holds what follows, borrowed as by `append`. False: it is something else, for `append` and `next` to look at.
   */
  readInPlace(head: RequestHead, buffer: Buffer, count: number): boolean {
    if (this.#held !== null || this.isPartial || this.#hasSkippedLine) return false;
    const end = head.parseAt(buffer, 0, count);
    if (end !== 0 && end < count) this.append(buffer.subarray(end, count));
    return end !== 0;
  }

  /** Copies what is still held. Mostly nothing is: a head is read as it comes. */
  keep(): void {
    if (this.#held === null || !this.#isBorrowed) return;
    this.#held = Buffer.from(this.#held);
    this.#isBorrowed = false;
  }

  drop(count: number): void {
    if (this.#held === null || count === 0) return;
    this.#held = count < this.#held.length ? this.#held.subarray(count) : null;
  }

  /** All that is held; nothing is held afterwards. */
  take(): Buffer {
    const held = this.#held ?? EMPTY;
    this.#held = null;
    return held;
  }

  /** The next head, without its empty line; null while it is not complete, a fault where it cannot become valid. */
  next(): string | HeadFault | null {
    const held = this.#held;
    if (held === null) return null;
    if (held[0] === CR && held[1] === LF && !this.#hasSkippedLine) {
      // RFC 9112 2.2: one empty line in front of a request is forgiven.
      this.#hasSkippedLine = true;
      this.drop(2);
      return this.next();
    }
    const end = held.indexOf(END_OF_HEAD, this.#searched);
    if (end === -1) {
      this.#searched = Math.max(0, held.length - 3);
      this.isPartial = true;
      return partialFault(held);
    }
    this.#searched = 0;
    this.#hasSkippedLine = false;
    this.isPartial = false;
    this.drop(end + 4);
    return held.toString('latin1', 0, end + 2);
  }
}

/** What is already wrong with the start of a head: one that cannot become valid does not wait for its timeout. */
const partialFault = (bytes: Buffer): HeadFault | null => {
  const first = bytes[0] ?? 0;
  if (!isTokenChar(first) && first !== CR) return HEAD_FAULT.requestLine;
  if (hasBareLineFeed(bytes, 0, bytes.length)) return HEAD_FAULT.field;
  const lineEnd = bytes.indexOf(LF);
  if ((lineEnd === -1 ? bytes.length : lineEnd) > MAX_REQUEST_LINE_BYTES) return HEAD_FAULT.targetTooLong;
  return bytes.length > MAX_HEAD_BYTES || (lineEnd !== -1 && bytes.length - lineEnd > MAX_HEADER_BYTES + 4)
    ? HEAD_FAULT.headTooLarge
    : null;
};
