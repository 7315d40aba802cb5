import type { CounterName } from '../counters.ts';

/** An answer of the router's own: a code for programs, a sentence for people. */
export type OwnAnswer = {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  /** Header lines that belong to it, each with its CRLF: `Location`, `WWW-Authenticate`. */
  readonly lines?: string;
  /** True: what follows on this connection is not worth reading. */
  readonly closes?: boolean;
  /** What counts it beside its status: a policy that answers in the pod's place. */
  readonly counter?: CounterName;
};
