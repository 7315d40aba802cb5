/** One piece of a hash key; what the request lacks is empty text, as in ingress-nginx' `upstream-hash-by`. */
export type HashPart =
  | { readonly kind: 'text'; readonly text: string }
  /** `name` in lower case; of a repeated field the first line. */
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'sourceIP' }
  | { readonly kind: 'host' }
  /** Path and query as they are routed (nginx' `$request_uri`, normalized). */
  | { readonly kind: 'uri' };

/** How an endpoint is chosen within the pool that tickets have chosen (DESIGN 7, "Backends"). */
export type Balance =
  /** The less busy of two random endpoints. */
  | { readonly kind: 'p2c' }
  | { readonly kind: 'round_robin' }
  /** Of two random endpoints the one with the lower peak-sensitive answer time × requests in flight. */
  | { readonly kind: 'ewma' }
  /** Consistent: the same key meets the same endpoint as long as that one is there. */
  | { readonly kind: 'hash'; readonly by: readonly HashPart[] };

/** A cookie that keeps a client on the endpoint it met first (ingress-nginx' `affinity: cookie`). */
export type Affinity = {
  readonly cookie: string;
  /** Null: until the browser is closed. */
  readonly ttlSeconds: number | null;
  readonly path: string;
  /** Null: the host that was asked, and no other. */
  readonly domain: string | null;
  /** Null: the attribute is left out. */
  readonly sameSite: 'Strict' | 'Lax' | 'None' | null;
  /** True: the cookie is sent back over TLS only. */
  readonly secure: boolean;
};

/** What counts where no annotation says otherwise (DESIGN 7). */
export const DEFAULT_BALANCE: Balance = { kind: 'p2c' };
