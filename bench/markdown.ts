import { costTable } from './cost-table.ts';
import { limitOutcomes } from './limits.ts';
import { busyMemoryTable, idleMemoryTable } from './memory-tables.ts';
import { noiseTable } from './noise-table.ts';
import { overloadTable } from './overload-table.ts';
import type { Report, ScenarioResult } from './samples.ts';
import { row } from './table-text.ts';
import { targetOutcomes } from './targets.ts';

/** One scenario's table. */
export const scenarioMarkdown = (result: ScenarioResult): string => {
  switch (result.kind) {
    case 'cost':
      return costTable(result);
    case 'busy-memory':
      return busyMemoryTable(result);
    case 'idle-memory':
      return idleMemoryTable(result);
    case 'noise':
      return noiseTable(result);
    default:
      return overloadTable(result);
  }
};

const verdict = (measured: number | undefined, most: number): string => {
  if (measured === undefined) return '';
  return measured <= most ? 'reached' : 'missed';
};

const shown = (measured: number | undefined): string =>
  measured === undefined ? 'not measured' : measured.toFixed(2);

const targetsMarkdown = (results: readonly ScenarioResult[]): readonly string[] => {
  const rows = [
    ...targetOutcomes(results).map(({ scenario, figure, against, most, goal, measured }) => [
      scenario,
      `${figure === 'cpu' ? 'CPU per request' : figure}, ours / ${against}`,
      shown(measured),
      goal === undefined ? `${most}` : `${most} (goal ${goal})`,
      verdict(measured, most),
    ]),
    ...limitOutcomes(results).map(({ scenario, figure, most, measured }) => [
      scenario,
      figure,
      shown(measured),
      `${most}`,
      verdict(measured, most),
    ]),
  ];
  if (rows.length === 0) return [];
  return [
    '## Must reach',
    '',
    row(['scenario', 'figure', 'measured', 'at most', '']),
    row(['---', '---', '---:', '---:', '---']),
    ...rows.map(row),
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
