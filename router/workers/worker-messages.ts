import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { EngineOptions } from '../engine.ts';
import type { LimitUse } from '../policies/limit-ledger.ts';
import type { WorkerReport } from './worker-report.ts';

/** From the primary to a worker; `socket` and `listen` carry the listening socket as their handle. */
export type ToWorker =
  /** One more handle of it, for the `listen` that follows. */
  | { readonly kind: 'socket' }
  | { readonly kind: 'listen'; readonly options: Partial<EngineOptions> }
  /** Deltas are numbered, so that the primary knows what each worker serves. */
  | { readonly kind: 'delta'; readonly version: number; readonly delta: PlanDelta }
  /** What another worker has let pass, and has under way. */
  | { readonly kind: 'limits'; readonly worker: number; readonly use: LimitUse }
  /** Finish what runs, then exit; a connection between two requests is waited for for `idleMs`. */
  | { readonly kind: 'stop'; readonly idleMs: number };

/** From a worker to the primary. */
export type FromWorker =
  /** The engine's code is loaded: the first message of every worker. */
  | { readonly kind: 'started' }
  | { readonly kind: 'listening' }
  /** No new connection is accepted any more. */
  | { readonly kind: 'closed' }
  /** The socket cannot be listened on, e.g. `EADDRINUSE`. */
  | { readonly kind: 'refused'; readonly code: string }
  /** The table of this version decides from now on. */
  | { readonly kind: 'applied'; readonly version: number }
  /** For the other workers. */
  | { readonly kind: 'limits'; readonly use: LimitUse }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'log'; readonly message: string };
