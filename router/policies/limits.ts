import type { PolicyOf } from '../../src/core/route-settings.ts';
import { compileCidrs } from '../../src/core/ticket/ip-cidr.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { RequestNotes } from '../exchange/request-notes.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { AddressRates } from './address-rates.ts';
import type { Lease } from './lease.ts';
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
class RunningRequests implements Lease {
  readonly #running = new Map<string, number>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  take(address: string): boolean {
    const running = this.#running.get(address) ?? 0;
    if (running >= this.#limit) return false;
    this.#running.set(address, running + 1);
    return true;
  }

  release(address: string): void {
    const running = this.#running.get(address) ?? 0;
    if (running > 1) this.#running.set(address, running - 1);
    else this.#running.delete(address);
  }
}

/** `limit-rps`, `limit-rpm`, `limit-connections`: by client address, in this worker. */
export class LimitsCheck implements RouteCheck {
  readonly #rates: readonly AddressRates[];
  readonly #running: RunningRequests | null;
  readonly #isExempt: (address: string) => boolean;

  constructor({ rates, connections, exempt }: PolicyOf<'limits'>) {
    this.#rates = rates.map(({ requests, perMs, burst }) => new AddressRates(perMs / requests, burst));
    this.#running = connections === null ? null : new RunningRequests(connections);
    this.#isExempt = compileCidrs(exempt);
  }

  before({ sourceAddress, nowMs }: RequestHead, notes: RequestNotes): OwnAnswer | null {
    if (this.#isExempt(sourceAddress)) return null;
    for (const rate of this.#rates) if (!rate.take(sourceAddress, nowMs)) return TOO_MANY_REQUESTS;
    if (this.#running === null) return null;
    if (!this.#running.take(sourceAddress)) return TOO_MANY_CONNECTIONS;
    notes.holdLease(this.#running, sourceAddress);
    return null;
  }
}
