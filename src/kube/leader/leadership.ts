import type { ObjectRef } from '../kind.ts';

export type LeaseTimes = {
  /** How long others wait for a silent leader. @default 15000 */
  readonly leaseMs: number;
  /** How long a leader that cannot renew goes on. Less than `leaseMs`. @default 10000 */
  readonly renewDeadlineMs: number;
  /** Pause between attempts. @default 2000 */
  readonly retryMs: number;
};

export const LEASE_TIMES: LeaseTimes = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** `expired`: it could not be renewed in time. `taken`: another holds it. `released`: given back by `stop`. */
export type LossReason = 'expired' | 'taken' | 'released';

export type CandidateOptions = {
  readonly lease: ObjectRef;
  /** Unique to this process: the pod's name and something random. */
  readonly identity: string;
  readonly times?: LeaseTimes;
  readonly onGained: () => void;
  /** Called once for each `onGained`, before anybody else can gain it. */
  readonly onLost: (reason: LossReason) => void;
};

/** One candidate for a Lease of coordination.k8s.io/v1 (checklist R9). */
export interface Candidate {
  /** Reads the clock: false from the moment when another may lead, even if no timer has fired yet. Ask before each write. */
  isLeader(): boolean;
  /** Who leads, as far as this candidate has seen; null: nobody. */
  readonly leader: string | null;
  /** Gives the lease back, so that the next need not wait for it. Never rejects; bounded by `retryMs`. */
  stop(): Promise<void>;
}
