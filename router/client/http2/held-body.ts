/** Bytes of a request's body that nobody can take yet; the stream's window bounds them. */
export class HeldBody {
  #pieces: Buffer[] = [];

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Keeps a copy of buffer[start, end). */
  add(buffer: Buffer, start: number, end: number): void {
    if (end > start) this.#pieces.push(Buffer.from(buffer.subarray(start, end)));
  }

  /** All that is held, as one; null: nothing. Nothing is held afterwards. */
  take(): Buffer | null {
    const pieces = this.#pieces;
    if (pieces.length === 0) return null;
    this.#pieces = [];
    return pieces.length === 1 ? (pieces[0] ?? null) : Buffer.concat(pieces);
  }
}
