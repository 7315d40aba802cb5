const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How far a certificate begins before it was made: a verifier's clock may be this much behind ours. */
export const BACKDATE_MS = HOUR_MS;

/** How long certificates hold, and how long the old and the new authority stand beside one another; milliseconds. */
export type Lifetimes = {
  /** @default 365 days */
  readonly authorityMs: number;
  /** @default 90 days */
  readonly servingMs: number;
  /**
   * How long all API servers may take to see a changed webhook configuration, and all replicas to take a new
   * certificate.
   * @default 60 seconds
   */
  readonly overlapMs: number;
};

export const DEFAULT_LIFETIMES: Lifetimes = {
  authorityMs: 365 * DAY_MS,
  servingMs: 90 * DAY_MS,
  overlapMs: 60_000,
};

/** What is wrong with wished lifetimes, as sentences; nothing: a renewal always ends before what it replaces does. */
export const lifetimeFaults = ({ authorityMs, servingMs, overlapMs }: Lifetimes): readonly string[] => [
  ...(servingMs > authorityMs / 3
    ? [
        'the serving certificate must not live longer than a third of the authority, which is renewed when so much is left',
      ]
    : []),
  ...(overlapMs > servingMs / 6
    ? ['the overlap must not be longer than a sixth of the life of the serving certificate']
    : []),
];

/** What a certificate says of its time. */
export type Validity = { readonly notBeforeMs: number; readonly notAfterMs: number };

/** When a certificate is renewed: at two thirds of its life, counted from when it was made. */
export const renewalMs = ({ notBeforeMs, notAfterMs }: Validity): number => {
  const madeMs = notBeforeMs + BACKDATE_MS;
  return madeMs + ((notAfterMs - madeMs) * 2) / 3;
};
