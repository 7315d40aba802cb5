/** Timers of the process, or of a test. */
export type Timers = {
  set(work: () => void, delayMs: number): unknown;
  clear(timer: unknown): void;
};

export type RecurringOptions = {
  /** From the end of one run to the start of the next, at most; at least half of it. */
  readonly intervalMs: number;
  /** From 0 to 1: replicas that started together shall not ask together. */
  readonly random: () => number;
  readonly timers: Timers;
  /** A run that failed; the next one comes as if it had not. */
  readonly onFailure: (error: unknown) => void;
};

/** Runs one piece of work again and again, one run at a time. */
export class Recurring {
  readonly #work: () => Promise<unknown>;
  readonly #options: RecurringOptions;
  #timer: unknown = null;
  #isRunning = false;
  #isNudged = false;
  #isStopped = false;
  #run: Promise<void> = Promise.resolve();

  constructor(work: () => Promise<unknown>, options: RecurringOptions) {
    this.#work = work;
    this.#options = options;
  }

  /** Runs now, or once more as soon as the present run has ended: something has changed. The first one starts it. */
  nudge(): void {
    if (this.#isStopped) return;
    if (this.#isRunning) {
      this.#isNudged = true;
      return;
    }
    this.#options.timers.clear(this.#timer);
    this.#run = this.#runOnce();
  }

  /** No run begins any more; settles when the present one has ended. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#options.timers.clear(this.#timer);
    return this.#run;
  }

  async #runOnce(): Promise<void> {
    const { intervalMs, random, timers, onFailure } = this.#options;
    this.#isRunning = true;
    do {
      this.#isNudged = false;
      try {
        await this.#work();
      } catch (error) {
        onFailure(error);
      }
    } while (this.#isNudged && !this.#isStopped);
    this.#isRunning = false;
    if (this.#isStopped) return;
    const delayMs = intervalMs * (1 - random() / 2);
    this.#timer = timers.set(() => this.nudge(), delayMs);
  }
}
