import type { Clock, Random } from '../clock.ts';
import type { Connection } from '../connection/connection.ts';
import { PACING, type Pacing } from './next-step.ts';
import type { EndName, WatchCounts } from './watch-counts.ts';

/** Which objects of a kind. */
export type Selection = {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** `metadata.name=sluice-webhook-tls`: one object by name. */
  readonly fieldSelector?: string;
};

export type ReflectorTimes = {
  /** The API server sends a bookmark a minute; half as much again, and a watch counts as dead. */
  readonly idleMs: number;
  /** How long a watch is asked to live: drawn anew each time between one and two of it. */
  readonly watchMs: number;
  readonly listTimeoutMs: number;
  readonly pacing: Pacing;
};

export const REFLECTOR_TIMES: ReflectorTimes = {
  idleMs: 90_000,
  watchMs: 300_000,
  listTimeoutMs: 60_000,
  pacing: PACING,
};

export type ReflectorDeps = {
  readonly connection: Pick<Connection, 'transport' | 'served'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly times?: ReflectorTimes;
  /** Told of each end that is not the usual one, with what comes next; for the log. */
  readonly onTrouble?: (trouble: Trouble) => void;
};

export type Trouble = {
  readonly kind: string;
  readonly doing: 'list' | 'watch';
  readonly end: EndName;
  readonly message: string;
  readonly next: 'list' | 'watch';
  readonly delayMs: number;
};

/** For /readyz and /metrics. */
export type ReflectorStatus = {
  readonly kind: string;
  /** All that there was has been listed once; it stays true. */
  readonly synced: boolean;
  /** A watch is open. */
  readonly watching: boolean;
  /** On the clock's `now`: when the server last told us something, be it that nothing happens. Null: never. */
  readonly lastContactAt: number | null;
  /** Failures in a row; 0: all is well. */
  readonly failures: number;
  /** What the last failure said; null: there is none, or a watch is open again. */
  readonly lastFailure: string | null;
  readonly counts: WatchCounts;
};
