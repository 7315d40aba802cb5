/** Addresses that one table remembers: about 2 MiB, and reached only by a flood; the longest unseen is forgotten. */
export const MAX_ADDRESSES = 16_384;

/**
 * How fast each client address asks (GCRA, the leaky bucket of nginx' `limit_req … nodelay`): one number an address, one
 * look-up a request, bounded.
 */
export class AddressRates {
  readonly #intervalMs: number;
  readonly #toleranceMs: number;
  readonly #maxAddresses: number;
  /** When the next request would be due at an even pace; in order of the last visit. */
  readonly #dueMs = new Map<string, number>();

  /** `burst`: requests that may come early, beside the one that is due. */
  constructor(intervalMs: number, burst: number, maxAddresses = MAX_ADDRESSES) {
    this.#intervalMs = intervalMs;
    this.#toleranceMs = intervalMs * burst;
    this.#maxAddresses = maxAddresses;
  }

  get size(): number {
    return this.#dueMs.size;
  }

  /** True, and counted as `weight` requests, if this address may ask now. */
  take(address: string, nowMs: number, weight = 1): boolean {
    const dueMs = Math.max(this.#dueMs.get(address) ?? nowMs, nowMs);
    if (dueMs - nowMs > this.#toleranceMs) return false;
    this.#put(address, dueMs, weight);
    return true;
  }

  /** Counts requests that somebody else let pass; what was too many is taken off those to come. */
  add(address: string, nowMs: number, weight: number): void {
    this.#put(address, Math.max(this.#dueMs.get(address) ?? nowMs, nowMs), weight);
  }

  #put(address: string, dueMs: number, weight: number): void {
    this.#dueMs.delete(address);
    this.#dueMs.set(address, dueMs + this.#intervalMs * weight);
    if (this.#dueMs.size > this.#maxAddresses) {
      const [oldest] = this.#dueMs.keys();
      if (oldest !== undefined) this.#dueMs.delete(oldest);
    }
  }
}
