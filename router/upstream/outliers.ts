/** Failures in a row that put an endpoint out (DESIGN 7; Envoy's `consecutive_5xx`). */
export const EJECTION_FAILURES = 5;

/** How long the first ejection lasts; the nth in short succession lasts n times as long. */
export const EJECTION_MS = 30_000;

export const MAX_EJECTION_MS = 300_000;

/** What is known of an endpoint's health. Times are of the engine's coarse clock. */
export interface Ejectable {
  failuresInARow: number;
  /** Ejections that are not forgotten yet. */
  ejections: number;
  /** 0: it is in. */
  ejectedUntilMs: number;
  returnedAtMs: number;
}

/** What a failure led to: `withheld` where the endpoint ought to go, but too many others are out. */
export type EjectionOutcome = 'ejected' | 'withheld' | null;

/**
 * Passive health checks: endpoints that fail again and again are left out for a while (DESIGN 7, "Failure").
 * No timers: whoever asks for the usable endpoints brings the clock, and compares it with one number.
 */
export class Outliers<T extends Ejectable> {
  #endpoints: readonly T[] = [];
  #usable: readonly T[] = [];
  #nextReturnMs = Number.POSITIVE_INFINITY;
  #isPanicking = false;

  /** The pool has other endpoints now; those that stay keep what is known of them. */
  replace(endpoints: readonly T[]): void {
    this.#endpoints = endpoints;
    if (!endpoints.every(isInside)) this.#trim();
    this.#sort();
  }

  /** Those that requests may go to; all of them when all are bad. */
  usable(nowMs: number): readonly T[] {
    if (nowMs >= this.#nextReturnMs) {
      for (const endpoint of this.#endpoints)
        if (endpoint.ejectedUntilMs !== 0 && nowMs >= endpoint.ejectedUntilMs)
          bringBack(endpoint, endpoint.ejectedUntilMs);
      this.#sort();
    }
    return this.#usable;
  }

  succeeded(endpoint: T): void {
    if (endpoint.failuresInARow === 0 && endpoint.ejectedUntilMs === 0) return;
    const wasBad = endpoint.failuresInARow >= EJECTION_FAILURES;
    endpoint.failuresInARow = 0;
    // It was tried only because all are bad, and it is not.
    if (this.#isPanicking && endpoint.ejectedUntilMs !== 0) bringBack(endpoint, endpoint.returnedAtMs);
    if (wasBad || this.#isPanicking) this.#sort();
  }

  failed(endpoint: T, nowMs: number): EjectionOutcome {
    if (endpoint.ejectedUntilMs !== 0) return null;
    endpoint.failuresInARow += 1;
    if (endpoint.failuresInARow < EJECTION_FAILURES) return null;
    if (this.#ejectedCount < this.#maxEjected) {
      eject(endpoint, nowMs);
      this.#sort();
      return 'ejected';
    }
    // Said once: at six in a row it is the same story.
    if (endpoint.failuresInARow > EJECTION_FAILURES) return null;
    this.#sort();
    return 'withheld';
  }

  get #maxEjected(): number {
    return Math.trunc(this.#endpoints.length / 2);
  }

  get #ejectedCount(): number {
    return this.#endpoints.reduce((count, { ejectedUntilMs }) => count + Number(ejectedUntilMs !== 0), 0);
  }

  /** The pool shrank around those that are out: the ones due first come back early. */
  #trim(): void {
    const out = this.#endpoints
      .filter(endpoint => !isInside(endpoint))
      .sort((a, b) => a.ejectedUntilMs - b.ejectedUntilMs);
    for (const endpoint of out.slice(0, Math.max(0, out.length - this.#maxEjected)))
      bringBack(endpoint, endpoint.ejectedUntilMs);
  }

  #sort(): void {
    // The usual case, and the one that 100,000 pools go through at the start.
    if (this.#endpoints.every(isInside)) {
      this.#isPanicking = false;
      this.#usable = this.#endpoints;
      this.#nextReturnMs = Number.POSITIVE_INFINITY;
      return;
    }
    const inside = this.#endpoints.filter(isInside);
    this.#isPanicking = inside.every(({ failuresInARow }) => failuresInARow >= EJECTION_FAILURES);
    this.#usable = this.#isPanicking ? this.#endpoints : inside;
    this.#nextReturnMs = this.#endpoints.reduce(
      (next, { ejectedUntilMs }) => (ejectedUntilMs === 0 ? next : Math.min(next, ejectedUntilMs)),
      Number.POSITIVE_INFINITY,
    );
  }
}

const isInside = ({ ejectedUntilMs }: Ejectable): boolean => ejectedUntilMs === 0;

const eject = (endpoint: Ejectable, nowMs: number): void => {
  // What went well for as long as one ejection takes makes up for one.
  const forgotten = Math.trunc((nowMs - endpoint.returnedAtMs) / EJECTION_MS);
  const counted = Math.max(0, endpoint.ejections - forgotten) + 1;
  endpoint.ejections = Math.min(counted, MAX_EJECTION_MS / EJECTION_MS);
  endpoint.ejectedUntilMs = nowMs + endpoint.ejections * EJECTION_MS;
  endpoint.failuresInARow = 0;
};

const bringBack = (endpoint: Ejectable, atMs: number): void => {
  endpoint.ejectedUntilMs = 0;
  endpoint.returnedAtMs = atMs;
  endpoint.failuresInARow = 0;
};
