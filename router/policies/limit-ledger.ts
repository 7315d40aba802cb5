import type { WeakMemory } from '../weak-memory.ts';

/** By client address. */
export type Counts = readonly (readonly [address: string, count: number])[];

/** What one worker tells the others of its limits: plain data. */
export type LimitUse = {
  /** Requests that it has let pass since it told last; `rate` numbers the rates of one limit. */
  readonly passed: readonly { readonly limit: string; readonly rate: number; readonly counts: Counts }[];
  /** All requests that are under way in it; null: as it told last. */
  readonly running: readonly { readonly limit: string; readonly counts: Counts }[] | null;
};

/** One limit, as far as other workers have a part in it. */
export interface SharedLimit {
  /** The same text in all workers. */
  readonly name: string;
  readonly running: ReadonlyMap<string, number>;
  addPassed(rate: number, counts: Counts, nowMs: number): void;
  /** Takes the place of what that worker had under way before. */
  setRunning(worker: number, counts: Counts): void;
}

/**
 * Addresses that are told of in one message: a flood from more of them must not keep the workers busy with each other.
 * The others are counted by the worker alone that they asked.
 */
export const MAX_SHARED_ADDRESSES = 1024;

/**
 * A limit holds for the router, as in ingress-nginx, and the kernel chooses the worker of a connection: so each worker
 * keeps account of what it lets pass, and hears of the others' accounts a moment later (ADR 0022).
 */
export class LimitLedger {
  readonly #memory: WeakMemory;
  #passed = new Map<SharedLimit, Map<string, number>[]>();
  #passedAddresses = 0;
  /** Limits that have requests under way, or had some when it was told last. */
  readonly #busy = new Set<SharedLimit>();
  #hasRunningChanged = false;
  /** Limits that other workers have requests under way for. */
  readonly #runningElsewhere = new Map<number, readonly SharedLimit[]>();

  constructor(memory: WeakMemory) {
    this.#memory = memory;
  }

  notePassed(limit: SharedLimit, rate: number, address: string): void {
    const rates = this.#passed.get(limit) ?? [];
    const counts = rates[rate] ?? new Map<string, number>();
    const count = counts.get(address) ?? 0;
    if (count === 0 && this.#passedAddresses === MAX_SHARED_ADDRESSES) return;
    if (count === 0) this.#passedAddresses += 1;
    counts.set(address, count + 1);
    rates[rate] = counts;
    this.#passed.set(limit, rates);
  }

  noteRunning(limit: SharedLimit): void {
    this.#busy.add(limit);
    this.#hasRunningChanged = true;
  }

  /** What is new; null: nothing. */
  takeUse(): LimitUse | null {
    if (this.#passed.size === 0 && !this.#hasRunningChanged) return null;
    const passed = [...this.#passed].flatMap(([{ name }, rates]) =>
      rates.flatMap((counts, rate) => ({ limit: name, rate, counts: [...counts] })),
    );
    const running = this.#hasRunningChanged ? this.#running() : null;
    this.#passed = new Map();
    this.#passedAddresses = 0;
    this.#hasRunningChanged = false;
    return { passed, running };
  }

  #running(): LimitUse['running'] {
    let room = MAX_SHARED_ADDRESSES;
    return [...this.#busy].flatMap(limit => {
      if (limit.running.size === 0) this.#busy.delete(limit);
      const counts = [...limit.running].slice(0, room);
      room -= counts.length;
      return counts.length === 0 ? [] : [{ limit: limit.name, counts }];
    });
  }

  /** Takes another worker's part into account; what is limited no longer, or not yet, is passed over. */
  hear(worker: number, { passed, running }: LimitUse, nowMs: number): void {
    for (const { limit, rate, counts } of passed) this.#named(limit)?.addPassed(rate, counts, nowMs);
    if (running === null) return;
    for (const limit of this.#runningElsewhere.get(worker) ?? []) limit.setRunning(worker, []);
    const limits = running.flatMap(({ limit: name, counts }) => {
      const limit = this.#named(name);
      limit?.setRunning(worker, counts);
      return limit ?? [];
    });
    if (limits.length > 0) this.#runningElsewhere.set(worker, limits);
    else this.#runningElsewhere.delete(worker);
  }

  #named(name: string): SharedLimit | undefined {
    return this.#memory.find<SharedLimit>(name);
  }
}
