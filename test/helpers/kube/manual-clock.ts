import type { Clock } from '../../../src/kube/clock.ts';

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly run: () => void }[] = [];
  readonly #epochMs: number;

  constructor(epochMs = Date.UTC(2026, 0, 1)) {
    this.#epochMs = epochMs;
  }

  readonly now = (): number => this.#now;
  readonly wallMs = (): number => this.#epochMs + this.#now;

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, delayMs), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter(other => other !== timer);
    };
  };

  /** Moves on, and fires on the way what is due, in order. */
  advance(ms: number): void {
    this.advanceTo(this.#now + ms);
  }

  /** The same, to a time on this clock. */
  advanceTo(target: number): void {
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= target).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter(timer => timer !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = target;
  }

  /** When the next timer is due; null: none is set. */
  get nextAt(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map(({ at }) => at));
  }
}
