/** What the peer may still send, of one stream or of the connection (RFC 9113 5.2). */
export class ReceiveWindow {
  readonly #size: number;
  #left: number;
  #due = 0;

  /** `left`: what the peer may send at first; credit comes in halves of `size`. */
  constructor(size: number, left: number) {
    this.#size = size;
    this.#left = left;
  }

  /** Bytes have come; false if the peer may not have sent them. */
  take(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  /** Bytes are done with; returns what the peer is to be told, 0 while it is not worth a frame. */
  give(bytes: number): number {
    this.#due += bytes;
    if (this.#due * 2 < this.#size) return 0;
    const due = this.#due;
    this.#due = 0;
    this.#left += due;
    return due;
  }
}
