/** Buckets of a factor of two; 64 steps in each keep the error below 1.6 %. */
const STEPS = 64;
const STEP_BITS = 6;
const LARGEST_MICROSECONDS = 2 ** 31 - 1;

const bucketOf = (microseconds: number): number => {
  const exponent = 31 - Math.clz32(microseconds | 1);
  return exponent <= STEP_BITS
    ? microseconds
    : (exponent - STEP_BITS + 1) * STEPS + ((microseconds >> (exponent - STEP_BITS)) - STEPS);
};

/** The largest value that falls into a bucket: a quantile is never flattered. */
const ceilingOf = (bucket: number): number => {
  if (bucket < 2 * STEPS) return bucket;
  const shift = (bucket >> STEP_BITS) - 1;
  return ((bucket & (STEPS - 1)) + STEPS + 1) * 2 ** shift - 1;
};

/** Latencies in microseconds, counted without an allocation, so that the generator's own garbage is not measured. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(bucketOf(LARGEST_MICROSECONDS) + 1);
  #count = 0;
  #largest = 0;

  get count(): number {
    return this.#count;
  }

  get largest(): number {
    return this.#largest;
  }

  add(microseconds: number): void {
    const value = Math.min(Math.max(Math.round(microseconds), 0), LARGEST_MICROSECONDS);
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (value > this.#largest) this.#largest = value;
  }

  /** The value that a share of all latencies does not exceed; NaN where nothing was added. */
  quantile(share: number): number {
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(ceilingOf(bucket), this.#largest);
    }
    return Number.NaN;
  }
}
