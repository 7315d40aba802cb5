import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { EngineOptions } from '../engine.ts';
import type { ListenerKind } from '../listeners.ts';
import type { LimitUse } from '../policies/limit-ledger.ts';
import type { TicketKeys } from '../tls/session-tickets.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import type { WorkerReport } from './worker-report.ts';

/** A port that a worker listens on. */
export type ListenedPort = { readonly kind: ListenerKind; readonly port: number };

/** From the primary to a worker; `socket` carries a handle. */
export type ToWorker =
  /** Before the first plan, where there is TLS at all. */
  | { readonly kind: 'tls'; readonly settings: TlsSettings; readonly http2: boolean }
  /** In place of those before. */
  | { readonly kind: 'tickets'; readonly keys: TicketKeys }
  /** One more handle of the listening socket of this port, for the `listen` that follows. */
  | { readonly kind: 'socket'; readonly port: number }
  /** All that it listens on: what is not named is let go of. */
  | {
      readonly kind: 'listen';
      /** Orders are numbered, so that the primary knows which one a worker has carried out. */
      readonly version: number;
      readonly ports: readonly ListenedPort[];
      readonly options: Partial<EngineOptions>;
    }
  /** Deltas are numbered, so that the primary knows what each worker serves. */
  | { readonly kind: 'delta'; readonly version: number; readonly delta: PlanDelta }
  /** What another worker has let pass, and has under way. */
  | { readonly kind: 'limits'; readonly worker: number; readonly use: LimitUse }
  /** Finish what runs, then exit; a connection between two requests is waited for for `idleMs`. */
  | { readonly kind: 'stop'; readonly idleMs: number };

export type RefusedPort = { readonly port: number; readonly code: string };

/** From a worker to the primary. */
export type FromWorker =
  /** The engine's code is loaded: the first message of every worker. */
  | { readonly kind: 'started' }
  /** The order has been carried out, but for the ports that cannot be listened on, e.g. for `EADDRINUSE`. */
  | { readonly kind: 'listening'; readonly version: number; readonly refused: readonly RefusedPort[] }
  /** No new connection is accepted any more. */
  | { readonly kind: 'closed' }
  /** The table of this version decides from now on. */
  | { readonly kind: 'applied'; readonly version: number }
  /** For the other workers. */
  | { readonly kind: 'limits'; readonly use: LimitUse }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'log'; readonly message: string };
