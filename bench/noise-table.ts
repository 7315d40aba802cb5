import type { NoiseFigures, NoiseResult } from './samples.ts';
import { median } from './statistics.ts';
import { digits, section, table } from './table-text.ts';

const comparable = (figures: readonly NoiseFigures[]): readonly NoiseFigures[] =>
  figures.filter(({ isVoid, quiet }) => !isVoid && quiet.p99Us > 0);

/** The neighbours' p99 beside the noise by that without it, median of the rounds; undefined where none is valid. */
export const noiseRatio = (figures: readonly NoiseFigures[]): number | undefined => {
  const ratios = comparable(figures).map(({ quiet, noisy }) => noisy.p99Us / quiet.p99Us);
  return ratios.length === 0 ? undefined : median(ratios);
};

const laneRow = (lane: string, figures: readonly NoiseFigures[]): readonly string[] => {
  const valid = comparable(figures);
  const cell = (of: (figures: NoiseFigures) => number): string => digits(median(valid.map(of)));
  const voidRounds = figures.filter(({ isVoid }) => isVoid).length;
  return [
    lane,
    cell(({ quiet }) => quiet.p50Us),
    cell(({ noisy }) => noisy.p50Us),
    cell(({ quiet }) => quiet.p99Us),
    cell(({ noisy }) => noisy.p99Us),
    noiseRatio(figures)?.toFixed(2) ?? '–',
    cell(({ floor }) => floor.p99Us),
    cell(({ noisePerSecond }) => noisePerSecond),
    `${figures.reduce((sum, { errors }) => sum + errors, 0)}`,
    `${figures.length - voidRounds}${voidRounds === 0 ? '' : `, ${voidRounds} void`}`,
  ];
};

/** What neighbours of a noisy client notice of it. */
export const noiseTable = (result: NoiseResult): string => {
  const lanes = [...new Set(result.figures.map(({ lane }) => lane))];
  const heads = [
    'contender',
    'p50 µs alone',
    'with noise',
    'p99 µs alone',
    'with noise',
    'p99, ratio',
    'origin asked directly, p99 µs',
    'noise/s',
    'errors',
    'rounds',
  ];
  return section(result, [
    table(
      heads,
      lanes.map(name =>
        laneRow(
          name,
          result.figures.filter(({ lane }) => lane === name),
        ),
      ),
    ),
  ]);
};
