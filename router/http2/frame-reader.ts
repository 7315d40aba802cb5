import { ERROR_CODE, type ErrorCode } from './error-code.ts';
import { FLAG, FRAME, FRAME_HEAD_BYTES, MAX_FRAME_BYTES, uint31At } from './frame.ts';

/** Takes what a FrameReader finds. */
export interface FrameSink {
  /** A frame that is no DATA, whole; its payload is buffer[start, end) during the call. */
  frame(head: FrameHead, buffer: Buffer, start: number, end: number): void;
  /** A DATA frame begins; of its `length` bytes `padding` are no data. */
  dataHead(head: FrameHead, padding: number): void;
  /** The next bytes of it; `isLast` once for each frame, with no bytes where it has none. */
  dataBytes(buffer: Buffer, start: number, end: number, isLast: boolean): void;
  /** What comes are no frames. */
  fault(code: ErrorCode, reason: string): void;
}

/** The nine bytes in front of a payload; one object for all frames of a reader. */
export type FrameHead = { length: number; type: number; flags: number; streamId: number };

/** For the head of a frame that comes in two reads: nearly all that is ever held. */
const SMALL_BYTES = 64;

/** Finds frames in arbitrarily cut bytes (RFC 9113 4.1). DATA passes as it comes; any other frame is held until it is whole. */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #head: FrameHead = { length: 0, type: 0, flags: 0, streamId: 0 };
  #held: Buffer | null = null;
  #heldLength = 0;
  #dataLeft = 0;
  #padLeft = 0;
  #isStopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Nothing more is read. */
  stop(): void {
    this.#isStopped = true;
    this.#held = null;
  }

  receive(buffer: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end && !this.#isStopped) {
      if (this.#dataLeft > 0) at = this.#passData(buffer, at, end);
      else if (this.#padLeft > 0) at = this.#skipPadding(at, end);
      else if (this.#heldLength > 0) at = this.#hold(buffer, at, end);
      else {
        const needed = this.#needed(buffer, at, end - at);
        if (needed > end - at) at = this.#hold(buffer, at, end);
        else {
          this.#take(buffer, at, at + needed);
          at += needed;
        }
      }
    }
  }

  #passData(buffer: Buffer, at: number, end: number): number {
    const length = Math.min(this.#dataLeft, end - at);
    this.#dataLeft -= length;
    this.#sink.dataBytes(buffer, at, at + length, this.#dataLeft === 0);
    return at + length;
  }

  #skipPadding(at: number, end: number): number {
    const length = Math.min(this.#padLeft, end - at);
    this.#padLeft -= length;
    return at + length;
  }

  /** Keeps bytes until there are as many as the frame needs; returns where it has read to. */
  #hold(buffer: Buffer, at: number, end: number): number {
    this.#held ??= Buffer.allocUnsafeSlow(SMALL_BYTES);
    const needed = this.#needed(this.#held, 0, this.#heldLength);
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(needed);
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    const length = Math.min(needed - this.#heldLength, end - at);
    buffer.copy(this.#held, this.#heldLength, at, at + length);
    this.#heldLength += length;
    this.#takeHeld();
    return at + length;
  }

  #takeHeld(): void {
    const held = this.#held;
    const length = this.#heldLength;
    // The head may have become whole just now, and say that more is needed.
    if (held === null || this.#needed(held, 0, length) > length) return;
    this.#heldLength = 0;
    if (held.length > SMALL_BYTES) this.#held = null;
    this.#take(held, 0, length);
  }

  /** How many bytes are to be there before the frame that begins at buffer[at] is looked at. */
  #needed(buffer: Buffer, at: number, available: number): number {
    if (available < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES;
    const length = ((buffer[at] ?? 0) << 16) | ((buffer[at + 1] ?? 0) << 8) | (buffer[at + 2] ?? 0);
    // Too large: its head is all that will be looked at.
    if (length > MAX_FRAME_BYTES) return FRAME_HEAD_BYTES;
    if (buffer[at + 3] !== FRAME.data) return FRAME_HEAD_BYTES + length;
    const isPadded = ((buffer[at + 4] ?? 0) & FLAG.padded) !== 0;
    return isPadded && length > 0 ? FRAME_HEAD_BYTES + 1 : FRAME_HEAD_BYTES;
  }

  /** Takes a frame other than DATA, or the beginning of DATA: buffer[start, end). */
  #take(buffer: Buffer, start: number, end: number): void {
    const head = this.#head;
    head.length = ((buffer[start] ?? 0) << 16) | ((buffer[start + 1] ?? 0) << 8) | (buffer[start + 2] ?? 0);
    head.type = buffer[start + 3] ?? 0;
    head.flags = buffer[start + 4] ?? 0;
    head.streamId = uint31At(buffer, start + 5);
    if (head.length > MAX_FRAME_BYTES) {
      this.#sink.fault(ERROR_CODE.frameSizeError, 'a frame is larger than 16,384 bytes');
    } else if (head.type !== FRAME.data) {
      this.#sink.frame(head, buffer, start + FRAME_HEAD_BYTES, end);
    } else {
      this.#beginData(buffer, start, end);
    }
  }

  #beginData(buffer: Buffer, start: number, end: number): void {
    const head = this.#head;
    let padding = 0;
    if ((head.flags & FLAG.padded) !== 0) {
      padding = 1 + (buffer[start + FRAME_HEAD_BYTES] ?? 0);
      // RFC 9113 6.1: as long as the payload or longer; without even its length it has no size at all.
      if (head.length === 0 || padding > head.length) {
        const code = head.length === 0 ? ERROR_CODE.frameSizeError : ERROR_CODE.protocolError;
        this.#sink.fault(code, 'padding is longer than its frame');
        return;
      }
      this.#padLeft = padding - 1;
    }
    this.#dataLeft = head.length - padding;
    this.#sink.dataHead(head, padding);
    if (this.#dataLeft === 0) this.#sink.dataBytes(buffer, end, end, true);
  }
}
