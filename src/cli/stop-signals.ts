const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * One wish may arrive twice: npm passes Ctrl-C on to a process that the terminal has told already, and a service
 * manager's SIGTERM to a whole group is passed on by a parent in there. A person is slower than this.
 */
const SAME_WISH_MS: Readonly<Record<StopSignal, number>> = { SIGINT: 200, SIGTERM: 1_000 };

/** What a signal asks for: the first one to stop, a later one to end at once. */
export class StopWish {
  readonly #seenMs = new Map<StopSignal, number>();

  /** `echo`: the same wish once more. */
  read(signal: StopSignal, nowMs: number): 'stop' | 'end' | 'echo' {
    const isFirst = this.#seenMs.size === 0;
    const seenMs = this.#seenMs.get(signal);
    // Counted from its first one: a key that is held down is no echo.
    if (seenMs !== undefined && nowMs - seenMs < SAME_WISH_MS[signal]) return 'echo';
    this.#seenMs.set(signal, nowMs);
    return isFirst ? 'stop' : 'end';
  }
}

/** Resolves at the first SIGINT or SIGTERM of this process; `onImpatience` is called at any further one. */
export const stopRequest = (onImpatience: () => void): Promise<void> =>
  new Promise(resolve => {
    const wish = new StopWish();
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        const meaning = wish.read(signal, performance.now());
        if (meaning === 'stop') resolve();
        else if (meaning === 'end') onImpatience();
      });
    }
  });
