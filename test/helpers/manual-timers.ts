type Timer = { readonly delayMs: number; readonly run: () => void };
type Waiter = { readonly delayMs: number; readonly resolve: () => void };

/** Timers that ring when a test says so. */
export class ManualTimers {
  #timers: Timer[] = [];
  #waiters: Waiter[] = [];

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { delayMs, run };
    this.#timers.push(timer);
    const met = this.#waiters.filter(waiter => waiter.delayMs === delayMs);
    this.#waiters = this.#waiters.filter(waiter => !met.includes(waiter));
    for (const { resolve } of met) resolve();
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  };

  get pending(): readonly number[] {
    return this.#timers.map(({ delayMs }) => delayMs);
  }

  /** Resolves once somebody waits for that long. */
  async untilSet(delayMs: number): Promise<void> {
    if (this.pending.includes(delayMs)) return;
    await new Promise<void>(resolve => this.#waiters.push({ delayMs, resolve }));
  }

  /** Lets the first that waits for so long ring. */
  ring(delayMs: number): void {
    const timer = this.#timers.find(other => other.delayMs === delayMs);
    if (timer === undefined)
      throw new Error(`nobody waits for ${delayMs} ms, but for ${this.pending.join(', ')}`);
    this.#timers = this.#timers.filter(other => other !== timer);
    timer.run();
  }
}
