/** How often a request may pass routers of this kind: an application may well send one back through the front door, a loop never ends (RFC 9110 7.6). */
const MAX_OWN_HOPS = 8;

const OWN_HOP = /(?:^|,)[ \t]*(?:HTTP\/)?1\.[01][ \t]+sluice[ \t]*(?=,|$)/gi;

/** `Via` of this hop: the version is the one that the request came in (RFC 9110 7.6.3). One name for all replicas, since a loop may lead through several. */
export const VIA_LINE = { 0: 'Via: 1.0 sluice\r\n', 1: 'Via: 1.1 sluice\r\n' } as const;

/** How many of a Via line's hops were ours. */
export const ownHops = (via: string): number => via.match(OWN_HOP)?.length ?? 0;

/** True for a request that goes round in circles. */
export const isLoop = (hops: number): boolean => hops >= MAX_OWN_HOPS;

/** A Max-Forwards: digits only; undefined otherwise. */
export const parsedMaxForwards = (value: string): number | undefined =>
  /^[0-9]{1,9}$/.test(value) ? Number(value) : undefined;
