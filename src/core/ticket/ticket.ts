/**
 * The ticket grammar as types (DESIGN 3). All conditions of one ticket must hold; of a list the first
 * ticket that matches wins.
 */

/** How one value is compared: exactly one of the forms. */
export type Matcher =
  | { readonly kind: 'exact'; readonly value: string }
  | { readonly kind: 'prefix'; readonly value: string }
  | { readonly kind: 'suffix'; readonly value: string }
  | { readonly kind: 'contains'; readonly value: string }
  | { readonly kind: 'regex'; readonly pattern: string }
  | { readonly kind: 'in'; readonly values: readonly string[] }
  | { readonly kind: 'present' }
  | { readonly kind: 'absent' };

/** The request value that a percentage is hashed on. */
export type HashSource =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'sourceIP' };

/** Who of those for whom the other conditions hold is in. */
export type Percentage = {
  /** 0-10000: hundredths of a percent, so that two decimals are exact. */
  readonly basisPoints: number;
  readonly by:
    | { readonly kind: 'request' }
    | { readonly kind: 'hash'; readonly source: HashSource; readonly salt: string | null }
    | {
        readonly kind: 'sticky';
        readonly cookie: string;
        readonly ttlSeconds: number | null;
        readonly salt: string | null;
      };
};

export type NamedMatcher = { readonly name: string; readonly matcher: Matcher };

/** One ticket. Lists are sorted by name, so that equal tickets are equal data. */
export type Ticket = {
  /** Its place in the list that its author wrote, from 0; skipped bad tickets count. */
  readonly index: number;
  /** Names in lower case. */
  readonly headers: readonly NamedMatcher[];
  readonly cookies: readonly NamedMatcher[];
  readonly queries: readonly NamedMatcher[];
  /** Upper case; empty: any method. */
  readonly methods: readonly string[];
  /** CIDRs in canonical form; empty: any address. */
  readonly sourceCidrs: readonly string[];
  readonly percentage: Percentage | null;
  /** The track that it leads to. */
  readonly to: string;
  /** Only for these stable Services; null: for all. */
  readonly services: readonly string[] | null;
  /** Milliseconds since the epoch; from then on the ticket matches nothing. */
  readonly expiresMs: number | null;
  readonly description: string | null;
};
