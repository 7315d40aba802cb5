import { END_OF_HEAD, hasBareLineFeed } from '../http1/head-end.ts';
import { MAX_RESPONSE_HEAD_BYTES, type ResponseHead } from '../http1/response-head.ts';

/** The head is not whole yet: what is there of it is held. */
export const PARTIAL = 0;
/** No head, or one that is not passed on. */
export const FAULTY = -1;

/** Finds heads in the answers of one connection, and keeps the start of one that came in pieces. */
export class AnswerHeadReader {
  #held: Buffer | null = null;

  /** What is held and buffer[0, count) behind it; the buffer itself where nothing is held. */
  withHeld(buffer: Buffer, count: number): { readonly bytes: Buffer; readonly end: number } {
    const held = this.#held;
    if (held === null) return { bytes: buffer, end: count };
    this.#held = null;
    const bytes = Buffer.concat([held, buffer.subarray(0, count)]);
    return { bytes, end: bytes.length };
  }

  /** Reads the head that begins at buffer[start]; returns where it ends. `buffer` may hold stale bytes behind `end`. */
  read(head: ResponseHead, buffer: Buffer, start: number, end: number): number {
    const inPlace = head.parseAt(buffer, start, end);
    if (inPlace !== 0) return inPlace;
    const lineEnd = buffer.indexOf(END_OF_HEAD, start);
    if (lineEnd === -1 || lineEnd + 4 > end) return this.#hold(buffer, start, end) ? PARTIAL : FAULTY;
    return head.parse(buffer.toString('latin1', start, lineEnd + 2)) === null ? lineEnd + 4 : FAULTY;
  }

  /** False for what cannot become a head. */
  #hold(buffer: Buffer, start: number, end: number): boolean {
    if (end - start > MAX_RESPONSE_HEAD_BYTES || hasBareLineFeed(buffer, start, end)) return false;
    if (end > start) this.#held = Buffer.from(buffer.subarray(start, end));
    return true;
  }
}
