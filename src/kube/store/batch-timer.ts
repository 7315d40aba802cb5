import type { Clock } from '../clock.ts';

/** Shortest time between two batches; a single change after a pause does not wait. */
export const BATCH_MS = 50;

/** Says when changes are told: the first at once, what follows within 50 ms together. Silent until released. */
export class BatchTimer {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #flush: () => void;
  #lastFlush = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;
  #held = true;

  constructor(clock: Pick<Clock, 'now' | 'after'>, flush: () => void) {
    this.#clock = clock;
    this.#flush = flush;
  }

  /** There is something to tell. */
  arm(): void {
    if (this.#held || this.#cancel !== null) return;
    const wait = Math.max(0, this.#lastFlush + BATCH_MS - this.#clock.now());
    this.#cancel = this.#clock.after(wait, () => {
      this.#cancel = null;
      this.#lastFlush = this.#clock.now();
      this.#flush();
    });
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.arm();
  }

  stop(): void {
    this.#held = true;
    this.#cancel?.();
    this.#cancel = null;
  }
}
