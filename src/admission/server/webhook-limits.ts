import type { LoadLimits } from './review-load.ts';

/** What one webhook process takes. Anybody in the cluster may find its port, so nothing here is unbounded. */
export type WebhookLimits = LoadLimits & {
  /** Of one body; an API server takes objects of 3 MiB, and an update brings two. */
  readonly maxBodyBytes: number;
  /** Objects and lists in one body. */
  readonly maxJsonNodes: number;
  readonly maxConnections: number;
  /** Of a review that names no `?timeout=`: the API server's own default. */
  readonly defaultTimeoutMs: number;
  /** Longest `?timeout=` that is honoured: the longest that a webhook configuration can ask for. */
  readonly maxTimeoutMs: number;
  /** From the start of a connection, or of a request on it, to the end of its head; the TLS handshake as well. */
  readonly headTimeoutMs: number;
  /**
   * Between two requests. An API server closes idle connections after 90 s; if we did so first, a review could be
   * on its way just then, and a POST is not sent again.
   */
  readonly idleMs: number;
  /** How often Node looks for heads that are late. */
  readonly checkEveryMs: number;
};

export const WEBHOOK_LIMITS: WebhookLimits = {
  maxBodyBytes: 9 * 1024 * 1024,
  maxJsonNodes: 500_000,
  maxReviews: 500,
  maxHeldBytes: 64 * 1024 * 1024,
  maxConnections: 2_000,
  defaultTimeoutMs: 10_000,
  maxTimeoutMs: 30_000,
  headTimeoutMs: 10_000,
  idleMs: 120_000,
  checkEveryMs: 2_000,
};
