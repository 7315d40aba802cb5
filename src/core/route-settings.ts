/**
 * What an Ingress asks of its routes beside where they lead: ingress-nginx' annotations and those of our own, read once,
 * as plain JSON. A list of small members, in the order in which the router goes through them; what is not asked for is
 * not there.
 */
export type RoutePolicy =
  /** ingress-nginx' `app-root`: `/` alone leads to this path. */
  | { readonly kind: 'app-root'; readonly path: string }
  /** `permanent-redirect` and `temporal-redirect`; `location` may hold the variables of `REDIRECT_VARIABLES`. */
  | { readonly kind: 'redirect'; readonly status: RedirectStatus; readonly location: string }
  /** Who may ask at all. */
  | ({ readonly kind: 'access' } & AccessPolicy);

export const REDIRECT_STATUSES = [301, 302, 303, 307, 308] as const;
export type RedirectStatus = (typeof REDIRECT_STATUSES)[number];

/** `denylist-source-range` is looked at first, as in ingress-nginx; CIDRs are canonical. */
export type AccessPolicy = {
  readonly denied: readonly string[];
  /** Null: everybody who is not denied. */
  readonly allowed: readonly string[] | null;
};

/** The member of a kind. */
export type PolicyOf<K extends RoutePolicy['kind']> = Extract<RoutePolicy, { kind: K }>;
