/** The window that retries are weighed against requests in. */
export const BUDGET_WINDOW_MS = 10_000;

/** Retries per request: what DESIGN 7 and Envoy's retry budget allow. */
export const BUDGET_SHARE = 0.2;

/** So many are allowed in a window however few requests there are (as in Envoy). */
export const BUDGET_MINIMUM = 3;

/**
 * Keeps the retries of a pool below a share of its requests: when everything fails, retries would double the
 * load on what is left. The sliding window is the current one plus the share of the last one that it still
 * covers: five numbers a pool, since there may be 100,000 pools.
 */
export class RetryBudget {
  #windowStartMs = 0;
  #requests = 0;
  #retries = 0;
  #lastRequests = 0;
  #lastRetries = 0;

  countRequest(nowMs: number): void {
    if (nowMs - this.#windowStartMs >= BUDGET_WINDOW_MS) this.#turn(nowMs);
    this.#requests += 1;
  }

  /** True, and counted, where one more retry is within the budget. */
  takeRetry(nowMs: number): boolean {
    if (nowMs - this.#windowStartMs >= BUDGET_WINDOW_MS) this.#turn(nowMs);
    const lastShare = 1 - (nowMs - this.#windowStartMs) / BUDGET_WINDOW_MS;
    const requests = this.#requests + this.#lastRequests * lastShare;
    const retries = this.#retries + this.#lastRetries * lastShare;
    if (retries + 1 > Math.max(BUDGET_MINIMUM, requests * BUDGET_SHARE)) return false;
    this.#retries += 1;
    return true;
  }

  #turn(nowMs: number): void {
    const isNext = nowMs - this.#windowStartMs < 2 * BUDGET_WINDOW_MS;
    this.#lastRequests = isNext ? this.#requests : 0;
    this.#lastRetries = isNext ? this.#retries : 0;
    this.#requests = 0;
    this.#retries = 0;
    this.#windowStartMs = isNext ? this.#windowStartMs + BUDGET_WINDOW_MS : nowMs;
  }
}
