/** That something was seen, of which authority, and since when without interruption. */
export type Sighting = { readonly authority: string; readonly sinceMs: number };

/**
 * What an owner has seen with its own eyes. Waits are counted from here and on a clock that never goes back, not
 * from times that somebody stored: a clock an hour off must not cut an overlap short.
 */
export type Sightings = {
  /** Every webhook configuration holds the authority's certificate. */
  readonly announced: Sighting | null;
  /** The serving certificate in force is signed by the authority. */
  readonly switched: Sighting | null;
};

export const NO_SIGHTINGS: Sightings = { announced: null, switched: null };

export type SeenNow = {
  /** PEM of the authority that signs now. */
  readonly authority: string;
  readonly isAnnounced: boolean;
  readonly isSwitched: boolean;
};

const continued = (before: Sighting | null, authority: string, monotonicMs: number): Sighting =>
  before?.authority === authority ? before : { authority, sinceMs: monotonicMs };

/** What has been seen so far, with what is seen now; an interruption or another authority begins anew. */
export const withSeen = (before: Sightings, now: SeenNow, monotonicMs: number): Sightings => ({
  announced: now.isAnnounced ? continued(before.announced, now.authority, monotonicMs) : null,
  switched: now.isSwitched ? continued(before.switched, now.authority, monotonicMs) : null,
});

/** Milliseconds that a sighting of this authority has lasted; -1 where there is none. */
export const seenForMs = (sighting: Sighting | null, authority: string, monotonicMs: number): number =>
  sighting?.authority === authority ? monotonicMs - sighting.sinceMs : -1;
