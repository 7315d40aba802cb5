import type { PolicyOf } from '../../src/core/route-settings.ts';
import { compileCidrs } from '../../src/core/ticket/ip-cidr.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { RequestNotes } from '../exchange/request-notes.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { AddressRates } from './address-rates.ts';
import type { Lease } from './lease.ts';
import type { Counts, LimitLedger, SharedLimit } from './limit-ledger.ts';
import type { RouteCheck } from './route-checks.ts';

/** ingress-nginx answers both with 503, unless its ConfigMap says otherwise. */
const TOO_MANY_REQUESTS: OwnAnswer = {
  status: 503,
  code: 'RateLimited',
  reason: 'This address asks more often than this route takes.',
  counter: 'policy_limits',
};
const TOO_MANY_CONNECTIONS: OwnAnswer = {
  status: 503,
  code: 'ConnectionLimited',
  reason: 'This address has too many requests under way on this route.',
  counter: 'policy_limits',
};

/** Requests under way by address: as many entries as there are requests under way, so it needs no other bound. */
class RunningRequests {
  readonly here = new Map<string, number>();
  readonly #elsewhere = new Map<number, ReadonlyMap<string, number>>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(address: string): boolean {
    const here = this.here.get(address) ?? 0;
    let running = here;
    for (const counts of this.#elsewhere.values()) running += counts.get(address) ?? 0;
    if (running >= this.#limit) return false;
    this.here.set(address, here + 1);
    return true;
  }

  release(address: string): void {
    const running = this.here.get(address) ?? 0;
    if (running > 1) this.here.set(address, running - 1);
    else this.here.delete(address);
  }

  setElsewhere(worker: number, counts: Counts): void {
    if (counts.length === 0) this.#elsewhere.delete(worker);
    else this.#elsewhere.set(worker, new Map(counts));
  }
}

const NOTHING: ReadonlyMap<string, number> = new Map();

/** `limit-rps`, `limit-rpm`, `limit-connections`: by client address, in this router. */
export class LimitsCheck implements RouteCheck, Lease, SharedLimit {
  readonly name: string;
  readonly #ledger: LimitLedger;
  readonly #rates: readonly AddressRates[];
  readonly #running: RunningRequests | null;
  readonly #isExempt: (address: string) => boolean;

  constructor(name: string, { rates, connections, exempt }: PolicyOf<'limits'>, ledger: LimitLedger) {
    this.name = name;
    this.#ledger = ledger;
    this.#rates = rates.map(({ requests, perMs, burst }) => new AddressRates(perMs / requests, burst));
    this.#running = connections === null ? null : new RunningRequests(connections);
    this.#isExempt = compileCidrs(exempt);
  }

  before({ sourceAddress, nowMs }: RequestHead, notes: RequestNotes): OwnAnswer | null {
    if (this.#isExempt(sourceAddress)) return null;
    for (let nth = 0; nth < this.#rates.length; nth += 1) {
      if (this.#rates[nth]?.take(sourceAddress, nowMs) === false) return TOO_MANY_REQUESTS;
      this.#ledger.notePassed(this, nth, sourceAddress);
    }
    if (this.#running === null) return null;
    if (!this.#running.take(sourceAddress)) return TOO_MANY_CONNECTIONS;
    this.#ledger.noteRunning(this);
    notes.holdLease(this, sourceAddress);
    return null;
  }

  release(address: string): void {
    this.#running?.release(address);
    this.#ledger.noteRunning(this);
  }

  get running(): ReadonlyMap<string, number> {
    return this.#running?.here ?? NOTHING;
  }

  addPassed(rate: number, counts: Counts, nowMs: number): void {
    for (const [address, count] of counts) this.#rates[rate]?.add(address, nowMs, count);
  }

  setRunning(worker: number, counts: Counts): void {
    this.#running?.setElsewhere(worker, counts);
  }
}
