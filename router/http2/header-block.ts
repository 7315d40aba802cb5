/** Frames that go on with a header block: honest ones are few, since each may hold 16 KiB; some floods are of empty ones. */
const MAX_CONTINUATIONS = 16;

const NONE: Buffer = Buffer.alloc(0);

/** A header block that comes in several frames (RFC 9113 6.10). It is held until it is whole, within bounds. */
export class HeaderBlock {
  /** Of the stream that it belongs to; 0 while none is open. */
  streamId = 0;
  endsStream = false;
  bytes = NONE;
  length = 0;
  readonly #maxBytes: number;
  #continuations = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isOpen(): boolean {
    return this.streamId !== 0;
  }

  begin(streamId: number, endsStream: boolean): void {
    this.streamId = streamId;
    this.endsStream = endsStream;
    this.#continuations = 0;
  }

  /** Another CONTINUATION has come; false if that is one too many. */
  goesOn(): boolean {
    this.#continuations += 1;
    return this.#continuations <= MAX_CONTINUATIONS;
  }

  /** False if it becomes larger than it may. */
  append(buffer: Buffer, start: number, end: number): boolean {
    const needed = this.length + end - start;
    if (needed > this.#maxBytes) return false;
    if (needed > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(needed * 2, this.#maxBytes));
      this.bytes.copy(larger, 0, 0, this.length);
      this.bytes = larger;
    }
    buffer.copy(this.bytes, this.length, start, end);
    this.length = needed;
    return true;
  }

  /** It is whole and has been read: its memory goes. */
  close(): void {
    this.streamId = 0;
    this.bytes = NONE;
    this.length = 0;
  }
}
