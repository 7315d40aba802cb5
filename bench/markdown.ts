import type { Report, ScenarioResult } from './samples.ts';
import { median } from './statistics.ts';
import { type FigureName, type LaneSummary, summarize } from './summary.ts';
import { targetOutcomes } from './targets.ts';

const MEBIBYTE = 1_048_576;

const digits = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
};

const SHOWN: Readonly<Record<FigureName, (value: number) => string>> = {
  cpu: digits,
  instructions: digits,
  rate: value => digits(Math.round(value)),
  p50: digits,
  p99: digits,
  rss: value => digits(value / MEBIBYTE),
};

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** `17.2 (1.05)`: the value, and ours / theirs. */
const cell = ({ medians, ratios }: LaneSummary, figure: FigureName): string => {
  const ratio = ratios[figure];
  const value = SHOWN[figure](medians[figure]);
  return ratio === undefined || !Number.isFinite(ratio) ? value : `${value} (${ratio.toFixed(2)})`;
};

const percent = (share: number): string => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : '–');

const laneRow = (summary: LaneSummary, withInstructions: boolean): string =>
  row([
    summary.lane,
    cell(summary, 'cpu'),
    ...(withInstructions ? [cell(summary, 'instructions')] : []),
    cell(summary, 'rate'),
    cell(summary, 'p50'),
    cell(summary, 'p99'),
    cell(summary, 'rss'),
    percent(summary.loadCoreBusy),
    percent(summary.foreignBusy),
    `${summary.errors}`,
    summary.voidRounds === 0
      ? `${summary.validRounds}`
      : `${summary.validRounds}, ${summary.voidRounds} void`,
  ]);

const changeLines = (summaries: readonly LaneSummary[]): readonly string[] =>
  summaries.flatMap(({ lane, changeMilliseconds }) =>
    changeMilliseconds.length === 0
      ? []
      : [
          `\n${lane}: a change was seen after ${digits(median(changeMilliseconds))} ms (median), ${digits(Math.max(...changeMilliseconds))} ms at most, of ${changeMilliseconds.length}.`,
        ],
  );

/** One scenario's table. */
export const scenarioMarkdown = (result: ScenarioResult): string => {
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
    'errors',
    'rounds',
  ];
  const rate = result.ratePerSecond === null ? '' : ` Rate: ${digits(result.ratePerSecond)}/s.`;
  return [
    `### ${result.scenario}`,
    '',
    `${result.about[0]?.toUpperCase()}${result.about.slice(1)}.${rate}`,
    '',
    row(heads),
    row(heads.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...summaries.map(summary => laneRow(summary, withInstructions)),
    ...changeLines(summaries),
    ...Object.entries(result.absent).map(([name, why]) => `\n${name} took no part: ${why}.`),
    '',
  ].join('\n');
};

const targetsMarkdown = (results: readonly ScenarioResult[]): readonly string[] => {
  const outcomes = targetOutcomes(results);
  if (outcomes.length === 0) return [];
  return [
    '## Must reach',
    '',
    row(['scenario', 'figure', 'ours against', 'measured', 'at most', '']),
    row(['---', '---', '---', '---:', '---:', '---']),
    ...outcomes.map(({ scenario, figure, against, most, goal, measured }) =>
      row([
        scenario,
        figure === 'cpu' ? 'CPU per request' : figure,
        against,
        measured === undefined ? 'not measured' : measured.toFixed(2),
        goal === undefined ? `${most}` : `${most} (goal ${goal})`,
        measured === undefined ? '' : measured <= most ? 'reached' : 'missed',
      ]),
    ),
    '',
  ];
};

const listing = (facts: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(facts).map(([name, fact]) => `- ${name}: ${fact}`);

/** The whole report; ratios in brackets are ours / theirs, each the median of the ratios within rounds. */
export const reportMarkdown = (report: Report): string =>
  [
    ...targetsMarkdown(report.results),
    '## Figures',
    '',
    `Medians of ${report.rounds} rounds of ${report.secondsPerRound} s; in brackets ours / theirs, the median of the ratios within rounds. ${report.instructions}`,
    '',
    ...report.results.map(scenarioMarkdown),
    '## Machine and versions',
    '',
    ...listing({ ...report.machine, ...report.versions }),
    ...Object.entries(report.absent).map(([name, why]) => `- ${name}: absent (${why})`),
    '',
  ].join('\n');
