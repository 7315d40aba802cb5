import type { Latencies, OverloadFigures, OverloadResult } from './samples.ts';
import { median } from './statistics.ts';
import { digits, section, table } from './table-text.ts';

type Of = (figures: OverloadFigures) => Latencies | null;

const PHASES: readonly (readonly [string, Of])[] = [
  ['answered at half the capacity', ({ before }) => before],
  ['answered under overload', ({ admitted }) => admitted],
  ['refused with 503', ({ refused }) => refused],
  ['health endpoint, all the while', ({ health }) => health],
];

const phaseRow = (name: string, of: Of, figures: readonly OverloadFigures[]): readonly string[] => {
  const measured = figures.flatMap(each => of(each) ?? []);
  const cell = (value: (latencies: Latencies) => number): string => digits(median(measured.map(value)));
  return [name, cell(({ perSecond }) => perSecond), cell(({ p50Us }) => p50Us), cell(({ p99Us }) => p99Us)];
};

const sum = (figures: readonly OverloadFigures[], of: (figures: OverloadFigures) => number): number =>
  figures.reduce((total, each) => total + of(each), 0);

const recoveryLine = (figures: readonly OverloadFigures[]): string => {
  const times = figures.map(({ recoveryMs }) => recoveryMs ?? Number.POSITIVE_INFINITY);
  const never = times.filter(time => time === Number.POSITIVE_INFINITY).length;
  return never > 0
    ? `It did not recover in ${never} of ${times.length} rounds.`
    : `As fast as before ${digits(median(times))} ms after the load (median), ${digits(Math.max(...times))} ms at most.`;
};

export const overloadTable = (result: OverloadResult): string => {
  const { figures } = result;
  if (figures.length === 0) return section(result, []);
  const capacity = digits(median(figures.map(({ capacityPerSecond }) => capacityPerSecond)));
  return section(result, [
    `Capacity ${capacity}/s, medians of ${figures.length} round(s).`,
    '',
    table(
      ['requests', 'per second', 'p50 µs', 'p99 µs'],
      PHASES.map(([name, of]) => phaseRow(name, of, figures)),
    ),
    '',
    `${sum(figures, ({ failed }) => failed)} got neither answer nor refusal, ${sum(figures, ({ unsent }) => unsent)} were not sent for want of connections, health failed ${sum(figures, ({ healthFailed }) => healthFailed)} times. ${recoveryLine(figures)}`,
  ]);
};
