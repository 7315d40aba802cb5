import type { Random } from '../kube/clock.ts';
import type { ActOutcome } from './act.ts';

type Pause = { readonly count: number; readonly untilMs: number };

/** Our own write comes back by the watch within this time; until then the same decision would be made again. */
const OWN_WRITE_MS = 500;

const LOOK_AGAIN = { firstMs: 200, longestMs: 5_000 } as const;
const FAILED = { firstMs: 1_000, longestMs: 60_000 } as const;

/** Whom one failed write keeps waiting: that object alone, longer each time, and never two controllers in step. */
export class Backoff {
  readonly #random: Random;
  readonly #pauses = new Map<string, Pause>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** When the object may be written again; 0: now. */
  dueMs(key: string): number {
    return this.#pauses.get(key)?.untilMs ?? 0;
  }

  /** Takes note of a write; returns when the object may be written again. */
  note(key: string, outcome: ActOutcome, nowMs: number): number {
    if (outcome.kind === 'done') return this.#pause(key, { count: 0, untilMs: nowMs + OWN_WRITE_MS });
    const count = (this.#pauses.get(key)?.count ?? 0) + 1;
    const { firstMs, longestMs } = outcome.kind === 'failed' ? FAILED : LOOK_AGAIN;
    const grownMs = Math.min(firstMs * 2 ** Math.min(count - 1, 20), longestMs);
    const asked = outcome.kind === 'failed' ? (outcome.failure.retryAfterMs ?? 0) : 0;
    const waitMs = Math.max(asked, grownMs * (0.75 + this.#random() / 2));
    return this.#pause(key, { count, untilMs: nowMs + waitMs });
  }

  /** Forgets objects that nobody wants to write any more. */
  keepOnly(keys: ReadonlySet<string>, nowMs: number): void {
    for (const [key, { untilMs }] of this.#pauses) {
      if (!keys.has(key) && untilMs <= nowMs) this.#pauses.delete(key);
    }
  }

  #pause(key: string, pause: Pause): number {
    this.#pauses.set(key, pause);
    return pause.untilMs;
  }
}
