import type { EngineClock } from '../../router/engine-clock.ts';

/** A clock that stands still until a test lets time pass. */
export class SteppedClock implements EngineClock {
  #nowMs = 0;
  #periodMs = 1;
  #tick: () => void = () => undefined;

  now(): number {
    return this.#nowMs;
  }

  every(periodMs: number, tick: () => void): () => void {
    this.#periodMs = periodMs;
    this.#tick = tick;
    return () => {
      this.#tick = () => undefined;
    };
  }

  /** Tick by tick, as real time would. */
  pass(seconds: number): void {
    const endMs = this.#nowMs + seconds * 1000;
    while (this.#nowMs < endMs) {
      this.#nowMs = Math.min(endMs, this.#nowMs + this.#periodMs);
      this.#tick();
    }
  }
}
