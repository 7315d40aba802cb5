import type { Clock, Random } from '../kube/clock.ts';
import type { ActOutcome } from './act.ts';
import { Backoff } from './backoff.ts';
import { type Action, actionKey } from './decide/action.ts';
import type { Decision } from './decide/decide-actions.ts';
import type { Notice } from './decide/notices.ts';
import { ToldNotices } from './told-notices.ts';

export type LoopWorld = {
  /** What there is to be done, from the stores as they are now; null: they do not hold everything yet. */
  readonly decide: () => Decision | null;
  readonly act: (action: Action) => Promise<ActOutcome>;
  /** Asked before each write: a leader that may have been followed writes nothing (checklist R9). */
  readonly isLeader: () => boolean;
  readonly onActed: (action: Action, outcome: ActOutcome) => void;
  readonly onNews: (news: readonly Notice[]) => void;
  /** A pass threw: a bug. The next one is tried all the same. */
  readonly onBug: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: Random;
};

/** Rests between two passes, so that a storm of changes costs one pass and not thousands. */
const REST_MS = 50;

/** Repairs of a cluster's worth of Ingresses must not keep an edge Service waiting that is asked for meanwhile. */
const MAX_ACTIONS = 100;

const AFTER_BUG_MS = 5_000;

/** Longest time without a look, whatever nobody told us: clocks that jump included. */
const LONGEST_SLEEP_MS = 60_000;

/**
 * Looks, decides and acts, again and again: at once when something has changed, and when time is up. A standby
 * looks at nothing and acts on nothing.
 */
export class ControllerLoop {
  readonly #world: LoopWorld;
  readonly #backoff: Backoff;
  #told = new ToldNotices();
  #running: Promise<void> | null = null;
  #isNudged = false;
  #isStopped = false;
  #cancelTimer: (() => void) | null = null;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #restUntilMs = 0;

  constructor(world: LoopWorld) {
    this.#world = world;
    this.#backoff = new Backoff(world.random);
  }

  /** Something may have changed. */
  nudge(): void {
    this.#isNudged = true;
    if (this.#running === null) this.#wakeIn(Math.max(0, this.#restUntilMs - this.#world.clock.now()));
  }

  /** No look begins after this; resolves when the write under way has its answer. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    await this.#running;
  }

  #wakeIn(delayMs: number): void {
    const { clock } = this.#world;
    const atMs = clock.now() + delayMs;
    if (this.#isStopped || atMs >= this.#timerAtMs) return;
    this.#cancelTimer?.();
    this.#timerAtMs = atMs;
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#timerAtMs = Number.POSITIVE_INFINITY;
      this.#cancelTimer = null;
      this.#running ??= this.#run().finally(() => {
        this.#running = null;
        if (this.#isNudged) this.nudge();
      });
    });
  }

  async #run(): Promise<void> {
    const { clock, onBug } = this.#world;
    this.#isNudged = false;
    const startMs = clock.now();
    let delayMs = AFTER_BUG_MS;
    try {
      delayMs = (await this.#pass()) - clock.wallMs();
    } catch (error) {
      onBug(error);
    }
    // As much rest as work, so that other callers of this process get half of it.
    const restMs = Math.max(REST_MS, clock.now() - startMs);
    this.#restUntilMs = clock.now() + restMs;
    this.#wakeIn(Math.min(Math.max(delayMs, restMs), LONGEST_SLEEP_MS));
  }

  /** Returns when to look again, in milliseconds since the epoch. */
  async #pass(): Promise<number> {
    const { decide, isLeader, clock, onNews } = this.#world;
    if (!isLeader()) {
      // Whoever leads meanwhile tells; when we lead again, all is news to those who ask.
      this.#told = new ToldNotices();
      return Number.POSITIVE_INFINITY;
    }
    const decision = decide();
    if (decision === null) return Number.POSITIVE_INFINITY;
    const nowMs = clock.wallMs();
    const { news, wakeMs } = this.#told.news(decision.notices, nowMs);
    if (news.length > 0) onNews(news);
    this.#backoff.keepOnly(new Set(decision.actions.map(actionKey)), nowMs);
    const againMs = await this.#actOn(decision.actions);
    return Math.min(decision.wakeMs, wakeMs, againMs);
  }

  async #actOn(actions: readonly Action[]): Promise<number> {
    const { act, isLeader, onActed, clock } = this.#world;
    let againMs = Number.POSITIVE_INFINITY;
    let count = 0;
    for (const action of actions) {
      const nowMs = clock.wallMs();
      const key = actionKey(action);
      const dueMs = this.#backoff.dueMs(key);
      if (dueMs > nowMs) {
        againMs = Math.min(againMs, dueMs);
        continue;
      }
      if (count >= MAX_ACTIONS) return nowMs;
      if (this.#isStopped || !isLeader()) return Number.POSITIVE_INFINITY;
      count += 1;
      const outcome = await act(action);
      againMs = Math.min(againMs, this.#backoff.note(key, outcome, clock.wallMs()));
      onActed(action, outcome);
    }
    return againMs;
  }
}
