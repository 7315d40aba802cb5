/** Time, passed in (CONTRIBUTING, habit 6): one hour of silence is a line in a test. */
export type Clock = {
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  readonly now: () => number;
  /** Milliseconds since the epoch, for what others read: Leases and Events. */
  readonly wallMs: () => number;
  /** Calls `run` once, `delayMs` from now; the function that comes back takes that back. */
  readonly after: (delayMs: number, run: () => void) => () => void;
};

/** Longest delay that `setTimeout` takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_DELAY_MS));
    return () => clearTimeout(timer);
  },
};

/** A number in [0, 1), as `Math.random` gives it; passed in. */
export type Random = () => number;
