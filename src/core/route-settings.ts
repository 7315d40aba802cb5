/**
 * What an Ingress asks of its routes beside where they lead: ingress-nginx' annotations and those of our own, read once,
 * as plain JSON. A list of small members, in the order in which the router goes through them; what is not asked for is
 * not there.
 */
export type RoutePolicy =
  /** ingress-nginx' `app-root`: `/` alone leads to this path. */
  | { readonly kind: 'app-root'; readonly path: string }
  /** `proxy-body-size`: a longer request body is refused. */
  | { readonly kind: 'body-size'; readonly maxBytes: number }
  | ({ readonly kind: 'cors' } & CorsPolicy)
  /** `permanent-redirect` and `temporal-redirect`; `location` may hold the variables of `REDIRECT_VARIABLES`. */
  | { readonly kind: 'redirect'; readonly status: RedirectStatus; readonly location: string }
  /** `always`: `force-ssl-redirect`; else `ssl-redirect` on a host whose certificate a `spec.tls` names (ADR 0025). */
  | { readonly kind: 'https-redirect'; readonly always: boolean }
  /** `sluice.dev/hsts`: a ready `Strict-Transport-Security`, told over TLS alone (RFC 6797 7.2). */
  | { readonly kind: 'hsts'; readonly value: string }
  /** How much one client address may ask. */
  | ({ readonly kind: 'limits' } & Limits)
  /** Who may ask at all. */
  | ({ readonly kind: 'access' } & AccessPolicy)
  /** In place of the listener's own; what is null stays as it is there. */
  | ({ readonly kind: 'timeouts' } & RouteTimeouts)
  | ({ readonly kind: 'request-headers' } & HeaderEdits)
  | ({ readonly kind: 'response-headers' } & HeaderEdits);

export type RouteTimeouts = {
  readonly connectMs: number | null;
  /** From one sign of life of the backend to the next while it owes an answer. */
  readonly readMs: number | null;
  /** While the backend takes nothing of the request's body. */
  readonly sendMs: number | null;
};

/** ingress-nginx' `cors-*`. */
export type CorsPolicy = {
  /** Null: every origin, told as `*`. `*.` in front of a host stands for exactly one label. */
  readonly origins: readonly string[] | null;
  readonly methods: string;
  readonly headers: string;
  readonly exposedHeaders: string | null;
  readonly credentials: boolean;
  readonly maxAgeSeconds: number;
};

/** What goes of a head, then what comes to it: `set` is both. */
export type HeaderEdits = {
  /** In lower case, sorted. */
  readonly removed: readonly string[];
  readonly added: readonly (readonly [name: string, value: string])[];
};

export const REDIRECT_STATUSES = [301, 302, 303, 307, 308] as const;
export type RedirectStatus = (typeof REDIRECT_STATUSES)[number];

/** `denylist-source-range` is looked at first, as in ingress-nginx; CIDRs are canonical. */
export type AccessPolicy = {
  readonly denied: readonly string[];
  /** Null: everybody who is not denied. */
  readonly allowed: readonly string[] | null;
  /** Missing where no password is asked for. */
  readonly auth?: BasicAuth;
};

/** Users and what their passwords are checked against: whoever prints a plan for people leaves `hash` out. */
export type BasicAuth = {
  readonly realm: string;
  /** `satisfy: any`: an allowed address is enough, or a password. */
  readonly satisfiedByAny: boolean;
  /** Sorted by name; each once. */
  readonly users: readonly PasswordUser[];
};

export type PasswordUser = { readonly name: string; readonly hash: string };

export type RateLimit = {
  readonly requests: number;
  readonly perMs: 1000 | 60_000;
  /** Requests that may come early. */
  readonly burst: number;
};

export type Limits = {
  readonly rates: readonly RateLimit[];
  /** Requests under way at once; null: any number. */
  readonly connections: number | null;
  /** Canonical CIDRs of those who are not limited. */
  readonly exempt: readonly string[];
};

/** The member of a kind. */
export type PolicyOf<K extends RoutePolicy['kind']> = Extract<RoutePolicy, { kind: K }>;
