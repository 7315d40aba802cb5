/** The middle value, or the mean of the two middle ones; NaN where there is none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/** Distance between the outermost values: what the noise of the machine made of one figure. */
export const spread = (values: readonly number[]): { readonly least: number; readonly most: number } => ({
  least: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  most: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
});

/**
 * Median of the ratios within rounds: what both met in one round (a busy neighbour, a slower clock) cancels out,
 * which a ratio of medians would not give (DESIGN 11). A round that lacks one of the two does not count; undefined
 * where none is left.
 */
export const medianRatio = (
  ours: ReadonlyMap<number, number>,
  theirs: ReadonlyMap<number, number>,
): { readonly ratio: number; readonly rounds: number } | undefined => {
  const ratios = [...ours].flatMap(([round, value]) => {
    const other = theirs.get(round);
    return other === undefined || !(other > 0) || !Number.isFinite(value) ? [] : [value / other];
  });
  return ratios.length === 0 ? undefined : { ratio: median(ratios), rounds: ratios.length };
};
