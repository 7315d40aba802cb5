/** After so long an old answer time weighs 1/e. */
export const DECAY_MS = 10_000;

/** What an endpoint that has answered nothing yet costs while a request runs on it: more than any that has. */
const UNKNOWN_COST_MS = 1e9;

/**
 * Peak-sensitive, exponentially weighted moving average of the time from choosing an endpoint to the head of
 * its answer: a slow answer counts at once, a fast one bit by bit (Finagle's and ingress-nginx' "peak EWMA").
 */
export class AnswerTime {
  #averageMs = -1;
  #atMs = 0;

  observe(elapsedMs: number, nowMs: number): void {
    if (elapsedMs >= this.#averageMs) this.#averageMs = elapsedMs;
    else {
      const kept = Math.exp((this.#atMs - nowMs) / DECAY_MS);
      this.#averageMs = this.#averageMs * kept + elapsedMs * (1 - kept);
    }
    this.#atMs = nowMs;
  }

  /** Lower is better. It decays while nobody asks, so that a slow endpoint is tried again. */
  cost(inFlight: number, nowMs: number): number {
    // One request finds out how fast a new endpoint is, not all of them.
    if (this.#averageMs < 0) return inFlight === 0 ? 0 : UNKNOWN_COST_MS + inFlight;
    return this.#averageMs * Math.exp((this.#atMs - nowMs) / DECAY_MS) * (inFlight + 1);
  }
}
