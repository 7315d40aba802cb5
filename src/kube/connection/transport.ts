/** One request to the API server. */
export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, encoded: `/api/v1/namespaces/shop/services?limit=500`. */
  readonly path: string;
  readonly body?: { readonly contentType: string; readonly text: string };
  /** Ends the request, whatever state it is in. */
  readonly signal: AbortSignal;
};

/** An answer whose head is there; its body comes as it comes. */
export type ApiResponse = {
  readonly status: number;
  /** `Retry-After` in milliseconds; null where there is none. */
  readonly retryAfterMs: number | null;
  /** Throws where the connection ends before the body does. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
};

/** The connection was refused, reset, timed out or aborted, or there are no credentials: no answer. */
export class TransportError extends Error {}

/** HTTP with credentials, and nothing else: it neither retries nor judges an answer. */
export interface Transport {
  /** Rejects with a `TransportError` only. */
  send(request: ApiRequest): Promise<ApiResponse>;
  /** The server took our credentials for invalid: do not trust a cache with the next ones. */
  renewCredentials(): void;
  /** Closes idle connections; those in use end with their requests. */
  close(): void;
}
