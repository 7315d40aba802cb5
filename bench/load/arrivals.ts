/**
 * Poisson arrivals: what many independent users make. Seeded (mulberry32), so that every contender meets the same
 * sequence. Returns the time of the next arrival in milliseconds since the start, again and again.
 */
export const poissonArrivals = (ratePerSecond: number, seed: number): (() => number) => {
  const meanGapMs = 1000 / ratePerSecond;
  let state = seed >>> 0;
  let atMs = 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const unit = ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    atMs += -Math.log(1 - unit) * meanGapMs;
    return atMs;
  };
};
