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

/** A lifetime that does not go with another one. */
export type LifetimeFault = {
  readonly member: 'servingMs' | 'overlapMs';
  readonly of: 'authorityMs' | 'servingMs';
  /** What it may be at most. */
  readonly mostMs: number;
  /** Why, as half a sentence. */
  readonly reason: string;
};

/** What is wrong with wished lifetimes; nothing: a renewal always ends before what it replaces does. */
export const lifetimeFaults = (lifetimes: Lifetimes): readonly LifetimeFault[] => {
  const { authorityMs, servingMs } = lifetimes;
  const bounds: readonly LifetimeFault[] = [
    {
      member: 'servingMs',
      of: 'authorityMs',
      mostMs: authorityMs / 3,
      reason:
        'an authority is renewed when a third of its life is left, which a certificate must not outlive',
    },
    {
      member: 'overlapMs',
      of: 'servingMs',
      mostMs: servingMs / 6,
      reason:
        'a certificate is renewed when a third of its life is left, and a new authority takes two overlaps',
    },
  ];
  return bounds.filter(({ member, mostMs }) => lifetimes[member] > mostMs);
};

/** What a certificate says of its time. */
export type Validity = { readonly notBeforeMs: number; readonly notAfterMs: number };

/** When a certificate is renewed: at two thirds of its life, counted from when it was made. */
export const renewalMs = ({ notBeforeMs, notAfterMs }: Validity): number => {
  const madeMs = notBeforeMs + BACKDATE_MS;
  return madeMs + ((notAfterMs - madeMs) * 2) / 3;
};
