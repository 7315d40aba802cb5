import type { CostResult, Sample } from './samples.ts';
import { median, medianRatio } from './statistics.ts';

/** The figures of a sample that are compared. */
export const FIGURES = {
  cpu: (sample: Sample) => sample.cpuMicrosecondsPerRequest,
  instructions: (sample: Sample) => sample.instructionsPerRequest ?? Number.NaN,
  rate: (sample: Sample) => sample.requestsPerSecond,
  p50: (sample: Sample) => sample.p50Microseconds,
  p99: (sample: Sample) => sample.p99Microseconds,
  rss: (sample: Sample) => sample.residentBytes,
} as const;

export type FigureName = keyof typeof FIGURES;

export const FIGURE_NAMES = Object.keys(FIGURES) as readonly FigureName[];

export type LaneSummary = {
  readonly lane: string;
  readonly validRounds: number;
  readonly voidRounds: number;
  readonly medians: Readonly<Record<FigureName, number>>;
  /** Reference / this lane; undefined where no round has both. */
  readonly ratios: Readonly<Record<FigureName, number | undefined>>;
  /** Of the CPU time, void rounds included: where it is another one, being void was no matter of chance. */
  readonly cpuRatioOfAllRounds: number | undefined;
  readonly errors: number;
  readonly loadCoreBusy: number;
  readonly foreignBusy: number;
  readonly stolen: number;
  readonly changeMilliseconds: readonly number[];
};

const byRound = (samples: readonly Sample[], figure: FigureName): ReadonlyMap<number, number> =>
  new Map(samples.map(sample => [sample.round, FIGURES[figure](sample)]));

const forEachFigure = <T>(value: (figure: FigureName) => T): Readonly<Record<FigureName, T>> =>
  Object.fromEntries(FIGURE_NAMES.map(figure => [figure, value(figure)])) as Record<FigureName, T>;

/** Medians of every lane, and medians of the ratios within rounds; void samples are only counted. */
export const summarize = ({ samples, reference }: CostResult): readonly LaneSummary[] => {
  const valid = samples.filter(({ isVoid }) => !isVoid);
  const ours = valid.filter(({ lane }) => lane === reference);
  const allOurs = samples.filter(({ lane }) => lane === reference);
  return [...new Set(samples.map(({ lane }) => lane))].map(lane => {
    const all = samples.filter(sample => sample.lane === lane);
    const theirs = valid.filter(sample => sample.lane === lane);
    return {
      lane,
      validRounds: theirs.length,
      voidRounds: all.length - theirs.length,
      medians: forEachFigure(figure => median(theirs.map(FIGURES[figure]))),
      ratios: forEachFigure(figure => medianRatio(byRound(ours, figure), byRound(theirs, figure))?.ratio),
      cpuRatioOfAllRounds: medianRatio(byRound(allOurs, 'cpu'), byRound(all, 'cpu'))?.ratio,
      errors: all.reduce((sum, { errors }) => sum + errors, 0),
      loadCoreBusy: median(all.map(({ loadCoreBusy }) => loadCoreBusy)),
      foreignBusy: median(all.map(({ foreignBusy }) => foreignBusy)),
      stolen: median(all.map(({ stolen }) => stolen)),
      changeMilliseconds: all.flatMap(({ changeMilliseconds }) => changeMilliseconds),
    };
  });
};
