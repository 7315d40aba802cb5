import type { CostResult } from './samples.ts';
import { median } from './statistics.ts';
import { type FigureName, type LaneSummary, summarize } from './summary.ts';
import { digits, MEBIBYTE, section, table } from './table-text.ts';

const SHOWN: Readonly<Record<FigureName, (value: number) => string>> = {
  cpu: digits,
  instructions: digits,
  rate: value => digits(Math.round(value)),
  p50: digits,
  p99: digits,
  rss: value => digits(value / MEBIBYTE),
};

/** `17.2 (1.05)`: the value, and ours / theirs. */
const cell = ({ medians, ratios }: LaneSummary, figure: FigureName): string => {
  const ratio = ratios[figure];
  const value = SHOWN[figure](medians[figure]);
  return ratio === undefined || !Number.isFinite(ratio) ? value : `${value} (${ratio.toFixed(2)})`;
};

const percent = (share: number): string => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : '–');

/** Void rounds stand with the ratio that they would have made. */
const roundsCell = ({ validRounds, voidRounds, cpuRatioOfAllRounds }: LaneSummary): string => {
  if (voidRounds === 0) return `${validRounds}`;
  const withThem = cpuRatioOfAllRounds === undefined ? '' : ` (${cpuRatioOfAllRounds.toFixed(2)} with them)`;
  return `${validRounds}, ${voidRounds} void${withThem}`;
};

const laneCells = (summary: LaneSummary, withInstructions: boolean): readonly string[] => [
  summary.lane,
  cell(summary, 'cpu'),
  ...(withInstructions ? [cell(summary, 'instructions')] : []),
  cell(summary, 'rate'),
  cell(summary, 'p50'),
  cell(summary, 'p99'),
  cell(summary, 'rss'),
  percent(summary.loadCoreBusy),
  percent(summary.foreignBusy),
  percent(summary.stolen),
  `${summary.errors}`,
  roundsCell(summary),
];

const changeLines = (summaries: readonly LaneSummary[]): readonly string[] =>
  summaries.flatMap(({ lane, changeMilliseconds }) =>
    changeMilliseconds.length === 0
      ? []
      : [
          `\n${lane}: a change was seen after ${digits(median(changeMilliseconds))} ms (median), ${digits(Math.max(...changeMilliseconds))} ms at most, of ${changeMilliseconds.length}.`,
        ],
  );

/** The table of a scenario in which contenders are compared by what they cost. */
export const costTable = (result: CostResult): string => {
  const summaries = summarize(result);
  const withInstructions = summaries.some(({ medians }) => Number.isFinite(medians.instructions));
  const heads = [
    'contender',
    'CPU µs/request',
    ...(withInstructions ? ['instructions/request'] : []),
    'requests/s',
    'p50 µs',
    'p99 µs',
    'RSS MiB',
    'load core',
    'others',
    'stolen',
    'errors',
    'rounds',
  ];
  const rates = result.samples.flatMap(({ offeredPerSecond }) => offeredPerSecond ?? []);
  const rate = rates.length === 0 ? [] : [`Rate: ${digits(median(rates))}/s (median of the rounds).`, ''];
  const rows = summaries.map(summary => laneCells(summary, withInstructions));
  return section(result, [...rate, table(heads, rows), ...changeLines(summaries)]);
};
