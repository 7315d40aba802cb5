/** A control frame that says: no more data follows (RFC 6455 5.5.1). */
const CLOSE = 8;

/**
 * Follows where the frames of one direction of a WebSocket end (RFC 6455 5.2); what they say is not looked at. A frame
 * costs its header, whatever its length.
 */
export class FrameBoundary {
  /** True once a close frame has begun: its sender has nothing more to say. */
  hasClosed = false;
  /** Bytes of the header that have been read; 0: the next byte begins a frame. */
  #read = 0;
  #lengthBytes = 0;
  #maskBytes = 0;
  #length = 0;
  /** Of the payload that is still to come. */
  #payload = 0;

  get isBetweenFrames(): boolean {
    return this.#read === 0 && this.#payload === 0;
  }

  /** Goes over buffer[start, end), with `stopsAtEnd` no further than to the first end of a frame; returns where it is then. */
  pass(buffer: Buffer, start: number, end: number, stopsAtEnd = false): number {
    let at = start;
    while (at < end) {
      if (this.#payload === 0) {
        this.#header(buffer[at] ?? 0);
        at += 1;
      } else {
        const count = Math.min(this.#payload, end - at);
        this.#payload -= count;
        at += count;
      }
      if (stopsAtEnd && this.isBetweenFrames) break;
    }
    return at;
  }

  #header(byte: number): void {
    this.#read += 1;
    if (this.#read === 1) {
      if ((byte & 0x0f) === CLOSE) this.hasClosed = true;
      return;
    }
    if (this.#read === 2) {
      const length = byte & 0x7f;
      this.#maskBytes = (byte & 0x80) === 0 ? 0 : 4;
      this.#lengthBytes = length < 126 ? 0 : length === 126 ? 2 : 8;
      this.#length = length < 126 ? length : 0;
    } else if (this.#lengthBytes > 0) {
      this.#lengthBytes -= 1;
      // Past 2^53 it is not exact: nobody lives to see the end of that frame.
      this.#length = this.#length * 256 + byte;
    } else this.#maskBytes -= 1;
    if (this.#lengthBytes > 0 || this.#maskBytes > 0) return;
    this.#payload = this.#length;
    this.#read = 0;
  }
}
