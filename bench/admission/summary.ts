import { median, medianRatio } from '../statistics.ts';
import { digits, table } from '../table-text.ts';

/** One round with one size of index; microseconds. */
export type Round = {
  readonly round: number;
  readonly ingresses: number;
  readonly reviews: number;
  readonly failures: number;
  readonly p50: number;
  readonly p99: number;
  readonly largest: number;
  /** CPU time of the webhook's process for each review. */
  readonly cpu: number;
  /** The last answer of 150 reviews that came at once. */
  readonly burst: number;
  /** Share of all cores that processes of others took. */
  readonly others: number;
  /** Others took so much that the figures are theirs. */
  readonly isVoid: boolean;
};

/** Rounds in which every size has a valid one; all where none is valid, since a doubtful figure is better than none. */
const counting = (rounds: readonly Round[]): readonly Round[] => {
  const voids = new Set(rounds.filter(({ isVoid }) => isVoid).map(({ round }) => round));
  const valid = rounds.filter(({ round }) => !voids.has(round));
  return valid.length === 0 ? rounds : valid;
};

/** What admission must reach (issue 4). */
export const MOST = { ratio: 1.2, p99Ms: 25 } as const;

export type Outcome = {
  /** Median of the ratios of medians within rounds, the largest index to the smallest. */
  readonly ratio: number;
  /** The median of the rounds, of the size that is worst; milliseconds. */
  readonly p99Ms: number;
  readonly failures: number;
  readonly isReached: boolean;
};

const sizesOf = (rounds: readonly Round[]): readonly number[] =>
  [...new Set(rounds.map(({ ingresses }) => ingresses))].sort((a, b) => a - b);

const mediansOf = (rounds: readonly Round[], ingresses: number): ReadonlyMap<number, number> =>
  new Map(rounds.filter(one => one.ingresses === ingresses).map(({ round, p50 }) => [round, p50]));

export const outcomeOf = (all: readonly Round[]): Outcome => {
  const rounds = counting(all);
  const sizes = sizesOf(rounds);
  const few = mediansOf(rounds, sizes[0] ?? 0);
  const many = mediansOf(rounds, sizes.at(-1) ?? 0);
  const ratio = medianRatio(many, few)?.ratio ?? Number.NaN;
  const p99Ms =
    Math.max(
      ...sizes.map(size => median(rounds.filter(one => one.ingresses === size).map(({ p99 }) => p99))),
    ) / 1000;
  const failures = all.reduce((sum, one) => sum + one.failures, 0);
  return { ratio, p99Ms, failures, isReached: ratio <= MOST.ratio && p99Ms <= MOST.p99Ms && failures === 0 };
};

const milliseconds = (microseconds: number): string => (microseconds / 1000).toFixed(2);

/** Medians of the rounds, a line for each size, and what was to be reached. */
export const admissionMarkdown = (all: readonly Round[]): string => {
  const rounds = counting(all);
  const lines = sizesOf(rounds).map(size => {
    const ofSize = rounds.filter(one => one.ingresses === size);
    const middle = (figure: 'p50' | 'p99' | 'cpu' | 'burst'): number =>
      median(ofSize.map(one => one[figure]));
    return [
      size.toLocaleString('en-US'),
      `${ofSize.reduce((sum, one) => sum + one.reviews, 0)}`,
      milliseconds(middle('p50')),
      milliseconds(middle('p99')),
      milliseconds(Math.max(...ofSize.map(({ p99 }) => p99))),
      milliseconds(Math.max(...ofSize.map(({ largest }) => largest))),
      digits(middle('cpu')),
      milliseconds(middle('burst')),
      `${ofSize.reduce((sum, one) => sum + one.failures, 0)}`,
    ];
  });
  const heads = [
    'Ingresses',
    'reviews',
    'median, ms',
    'p99, ms',
    'p99 of the worst round',
    'slowest',
    'CPU µs a review',
    '150 at once, ms',
    'failed',
  ];
  const { ratio, p99Ms, isReached } = outcomeOf(all);
  const voids = all.filter(({ isVoid }) => isVoid).length;
  return [
    table(heads, lines),
    '',
    `Ratio of the medians ${ratio.toFixed(2)} (at most ${MOST.ratio}), p99 ${p99Ms.toFixed(1)} ms (at most ${MOST.p99Ms}): ${isReached ? 'reached' : 'missed'}. ${rounds.length} of ${all.length} measurements count, ${voids} are void.`,
  ].join('\n');
};
