/** What is read past for a connection's sake; a new connection is cheaper than more. */
const MAX_SKIPPED_BYTES = 1_048_576;

/** Counts what is read of a client and thrown away. */
export class SkippedBytes {
  #count = 0;

  begin(): void {
    this.#count = 0;
  }

  /** True once it is not worth it any more. */
  add(count: number): boolean {
    this.#count += count;
    return this.#count > MAX_SKIPPED_BYTES;
  }
}
