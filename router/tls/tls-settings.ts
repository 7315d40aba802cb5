import type { TicketKeys } from './session-tickets.ts';
import type { KeyedChain } from './tls-target.ts';

/** What all workers of a router have in common about TLS, beside the certificates of the plan. */
export type TlsSettings = {
  /** Shown where a host has no certificate of its own and there is no default one, or it cannot be loaded. */
  readonly fallback: KeyedChain;
  /** Id of the plan's certificate that is the default one; null: `fallback` is. */
  readonly defaultId: string | null;
  readonly tickets: TicketKeys;
};
