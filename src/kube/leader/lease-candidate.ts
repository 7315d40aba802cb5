import type { Json } from '../../core/canonical-json.ts';
import type { ApiFailure, Outcome } from '../api-outcome.ts';
import type { Clock, Random } from '../clock.ts';
import { unreachable } from '../connection/api-failure.ts';
import type { Versioned } from '../kind.ts';
import type { ObjectClient, Received } from '../objects/object-client.ts';
import {
  type Candidate,
  type CandidateOptions,
  LEASE_TIMES,
  type LeaseTimes,
  type LossReason,
} from './leadership.ts';
import { LEASE, type Lease, microTime } from './lease.ts';

export type CandidateDeps = {
  readonly client: Pick<ObjectClient, 'get' | 'create' | 'patch'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Told of each attempt that failed, for the log. */
  readonly onTrouble?: (failure: ApiFailure) => void;
};

const NEVER = Number.NEGATIVE_INFINITY;

/**
 * Leader election over one Lease, with the rules of client-go and two that it lacks: leading ends by the clock, not
 * by a timer that a busy process may fire late, and it is counted from before a renewal was sent, so that an answer
 * that took long does not make it longer.
 *
 * Why two never lead: every write carries the resourceVersion that it was made for, so of two only one happens; a
 * leader stops `renewDeadlineMs` after it began its last renewal; the others wait `leaseMs` from when *they* first
 * saw it. What a clock shows is never compared with another's.
 */
export class LeaseCandidate implements Candidate {
  readonly #options: CandidateOptions;
  readonly #times: LeaseTimes;
  readonly #deps: CandidateDeps;
  /** The Lease as last seen, and since when it has been what it is; null: not seen, or of unknown version. */
  #seen: { readonly lease: Versioned<Lease>; readonly since: number } | null = null;
  #leadsUntil = NEVER;
  #isTold = false;
  #cancelExpiry: () => void = () => {};
  #cancelRound: () => void = () => {};
  #attempting: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | null = null;

  constructor(options: CandidateOptions, deps: CandidateDeps) {
    this.#options = options;
    this.#times = options.times ?? LEASE_TIMES;
    this.#deps = deps;
    this.#cancelRound = deps.clock.after(0, () => void this.#round());
  }

  isLeader(): boolean {
    return this.#stopped === null && this.#deps.clock.now() < this.#leadsUntil;
  }

  get leader(): string | null {
    if (this.#seen === null || this.#isFree(this.#seen)) return null;
    return this.#seen.lease.object.holder;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#release();
    return this.#stopped;
  }

  async #round(): Promise<void> {
    this.#attempting = this.#attempt();
    await this.#attempting;
    if (this.#stopped !== null) return;
    const { retryMs } = this.#times;
    // A leader keeps time; candidates spread, lest they all meet at the same free Lease.
    const pauseMs = this.isLeader() ? retryMs : retryMs * (1 + this.#deps.random());
    this.#cancelRound = this.#deps.clock.after(pauseMs, () => void this.#round());
  }

  async #attempt(): Promise<void> {
    // While we lead nobody else writes, so there is nothing to read; a conflict says otherwise.
    if (this.isLeader() && this.#seen !== null) {
      const conflict = await this.#write(this.#seen.lease);
      if (!conflict) return;
    }
    const current = await this.#inTime(this.#deps.client.get(LEASE, this.#options.lease));
    if (this.#stopped !== null) return;
    if (current.ok) {
      this.#see(current.value);
      if (this.#seen !== null && this.#isFree(this.#seen)) await this.#write(current.value);
    } else if (current.failure.kind === 'notFound') {
      // Somebody deleted it: its holder does not know yet, and leads for as long as it may.
      if (this.#seen === null || this.#isFree(this.#seen)) await this.#create();
    } else this.#deps.onTrouble?.(current.failure);
  }

  /** True if somebody may take it: it is ours, or given back, or its holder has been silent for too long. */
  #isFree({ lease, since }: { readonly lease: Versioned<Lease>; readonly since: number }): boolean {
    const { holder, durationMs } = lease.object;
    if (holder === '' || holder === this.#options.identity) return true;
    return this.#deps.clock.now() >= since + (durationMs ?? this.#times.leaseMs);
  }

  #see(lease: Versioned<Lease>): void {
    const known = this.#seen?.lease.object;
    const { holder, renewTime, transitions } = lease.object;
    const isSame =
      known !== undefined &&
      known.holder === holder &&
      known.renewTime === renewTime &&
      known.transitions === transitions;
    // Seen now, whenever it was written: only our own clock says how long its holder has been silent.
    const since = isSame && this.#seen !== null ? this.#seen.since : this.#deps.clock.now();
    this.#seen = { lease, since };
    if (holder !== this.#options.identity) this.#lose('taken');
  }

  async #create(): Promise<void> {
    const { namespace, name } = this.#options.lease;
    const startedAt = this.#deps.clock.now();
    const spec = this.#spec(null);
    const created = this.#deps.client.create(LEASE, namespace, { metadata: { name }, spec });
    await this.#settle(startedAt, created, true);
  }

  /** Takes or renews it; true where it was not what we took it for. */
  async #write({ object, resourceVersion }: Versioned<Lease>): Promise<boolean> {
    const startedAt = this.#deps.clock.now();
    const body = { spec: this.#spec(object) };
    return this.#settle(
      startedAt,
      this.#deps.client.patch(LEASE, this.#options.lease, { type: 'merge', body }, { resourceVersion }),
    );
  }

  async #settle(
    startedAt: number,
    written: Promise<Outcome<Received<Lease>>>,
    isNew = false,
  ): Promise<boolean> {
    const outcome = await this.#inTime(written);
    if (outcome.ok) {
      this.#see(outcome.value);
      if (this.#stopped === null) this.#lead(startedAt);
      return false;
    }
    const { kind } = outcome.failure;
    // A new one for which there is no place: the namespace is not there, and will not be by itself.
    if (kind === 'conflict' || (kind === 'notFound' && !isNew)) return true;
    this.#deps.onTrouble?.(outcome.failure);
    return false;
  }

  #spec(current: Lease | null): { readonly [field: string]: Json } {
    const { identity } = this.#options;
    const now = microTime(this.#deps.clock.wallMs());
    const isOurs = current?.holder === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#times.leaseMs / 1000),
      renewTime: now,
      ...(isOurs
        ? {}
        : { acquireTime: now, leaseTransitions: current === null ? 0 : current.transitions + 1 }),
    };
  }

  #lead(startedAt: number): void {
    const { clock } = this.#deps;
    this.#leadsUntil = startedAt + this.#times.renewDeadlineMs;
    this.#cancelExpiry();
    if (!this.isLeader()) return;
    this.#cancelExpiry = clock.after(this.#leadsUntil - clock.now(), () => this.#lose('expired'));
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onGained();
  }

  #lose(reason: LossReason): void {
    this.#leadsUntil = NEVER;
    this.#cancelExpiry();
    if (!this.#isTold) return;
    this.#isTold = false;
    this.#options.onLost(reason);
  }

  async #release(): Promise<void> {
    const { clock, client } = this.#deps;
    const { retryMs } = this.#times;
    const mayRelease = clock.now() < this.#leadsUntil;
    this.#cancelRound();
    // Before others may lead, not after.
    this.#lose('released');
    if (!mayRelease) return;
    // A renewal that is on its way would make ours a conflict.
    await this.#within(
      retryMs,
      this.#attempting.then(() => ({ ok: true, value: null })),
    );
    if (this.#seen?.lease.object.holder !== this.#options.identity) return;
    const { resourceVersion } = this.#seen.lease;
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(clock.wallMs()) };
    const released = client.patch(
      LEASE,
      this.#options.lease,
      { type: 'merge', body: { spec } },
      { resourceVersion },
    );
    await this.#within(retryMs, released);
  }

  /** A request that hangs must not take the time for another. */
  #inTime<T>(asked: Promise<Outcome<T>>): Promise<Outcome<T>> {
    return this.#within(this.#times.renewDeadlineMs / 2, asked);
  }

  #within<T>(ms: number, asked: Promise<Outcome<T>>): Promise<Outcome<T>> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.clock.after(ms, () =>
        resolve({ ok: false, failure: unreachable('Lease', `no answer within ${ms} ms`) }),
      );
      asked.then(resolve, reject).finally(cancel);
    });
  }
}
