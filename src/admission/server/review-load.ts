export type LoadLimits = {
  /** Reviews under way at once; three API servers have at most 600 mutating requests in flight. */
  readonly maxReviews: number;
  /** Bytes of their bodies that are held at once. */
  readonly maxHeldBytes: number;
};

/** What all reviews under way hold together, so that nobody's many or large bodies can exhaust the process. */
export class ReviewLoad {
  readonly #limits: LoadLimits;
  #reviews = 0;
  #heldBytes = 0;

  constructor(limits: LoadLimits) {
    this.#limits = limits;
  }

  get reviews(): number {
    return this.#reviews;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** False: there are too many already. */
  enter(): boolean {
    if (this.#reviews >= this.#limits.maxReviews) return false;
    this.#reviews += 1;
    return true;
  }

  leave(): void {
    this.#reviews -= 1;
  }

  /** False: there is no room for them. */
  hold(bytes: number): boolean {
    if (this.#heldBytes + bytes > this.#limits.maxHeldBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
