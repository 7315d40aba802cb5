/** What all timeouts of a listener go by; a test brings its own and waits for none of them. */
export type EngineClock = {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls `tick` again and again; returns what ends that. */
  every(periodMs: number, tick: () => void): () => void;
};

export const REAL_CLOCK: EngineClock = {
  now: () => performance.now(),
  every: (periodMs, tick) => {
    const ticking = setInterval(tick, periodMs);
    return () => clearInterval(ticking);
  },
};
