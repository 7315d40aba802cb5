import { FLAG, FRAME_HEAD_BYTES } from './frame.ts';

const FIRST_BYTES = 16_384;

/** What one connection's burst may leave behind for the next: larger buffers go. */
const LARGEST_SPARE_BYTES = 262_144;
const MAX_SPARES = 16;

/** A connection that has nothing to say holds no buffer: a handful serves all, since each is empty again after a flush. */
const spares: Buffer[] = [];

const NONE: Buffer = Buffer.alloc(0);

/** Takes bytes; they are read during the call only. */
export type WriteBytes = (buffer: Buffer, start: number, end: number) => void;

/** Frames on their way out, one behind the other. */
export class Output {
  /** To be written to directly, behind `length`, after `reserve`. */
  bytes: Buffer = NONE;
  length = 0;
  /** Where the last frame begins that may yet carry END_STREAM, and whose it is; -1 where there is none. */
  #lastFrame = -1;
  #lastStreamId = 0;

  /** Makes room for that many more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    if (this.bytes === NONE) {
      this.bytes = spares.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES);
      if (needed <= this.bytes.length) return;
    }
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Writes the nine bytes in front of a payload; there is room for them. */
  frameHead(payloadLength: number, type: number, flags: number, streamId: number): void {
    const bytes = this.bytes;
    const at = this.length;
    bytes[at] = payloadLength >>> 16;
    bytes[at + 1] = payloadLength >>> 8;
    bytes[at + 2] = payloadLength;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = streamId >>> 24;
    bytes[at + 6] = streamId >>> 16;
    bytes[at + 7] = streamId >>> 8;
    bytes[at + 8] = streamId;
    this.length = at + FRAME_HEAD_BYTES;
    this.#lastFrame = -1;
  }

  /** Writes 32 bits; there is room for them. */
  uint32(value: number): void {
    const at = this.length;
    this.bytes[at] = value >>> 24;
    this.bytes[at + 1] = value >>> 16;
    this.bytes[at + 2] = value >>> 8;
    this.bytes[at + 3] = value;
    this.length = at + 4;
  }

  /** Says that the frame which begins at `start`, of HEADERS or DATA, is all there is behind it. */
  mayEndAt(start: number, streamId: number): void {
    this.#lastFrame = start;
    this.#lastStreamId = streamId;
  }

  /** Sets END_STREAM on that stream's last frame; false where something has come behind it, or it has gone. */
  endInPlace(streamId: number): boolean {
    if (this.#lastFrame === -1 || this.#lastStreamId !== streamId) return false;
    const at = this.#lastFrame + 4;
    this.bytes[at] = (this.bytes[at] ?? 0) | FLAG.endStream;
    this.#lastFrame = -1;
    return true;
  }

  /** Hands over all that waits, and gives the buffer back. */
  flush(write: WriteBytes): void {
    const { bytes, length } = this;
    if (length === 0) return;
    this.bytes = NONE;
    this.length = 0;
    this.#lastFrame = -1;
    write(bytes, 0, length);
    if (spares.length < MAX_SPARES && bytes.length <= LARGEST_SPARE_BYTES) spares.push(bytes);
  }
}
