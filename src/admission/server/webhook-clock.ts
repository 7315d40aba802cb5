/** Time, passed in (CONTRIBUTING, habit 6). */
export type WebhookClock = {
  /** Milliseconds on a clock that never jumps; only differences mean anything. */
  readonly now: () => number;
  /** Milliseconds since the epoch: tickets expire. */
  readonly wallMs: () => number;
  /** Calls `run` once, `delayMs` from now; the function that comes back takes that back. */
  readonly after: (delayMs: number, run: () => void) => () => void;
};
