import { NODE_PEERS } from './contenders.ts';
import type { ScenarioResult } from './samples.ts';
import { type FigureName, type LaneSummary, summarize } from './summary.ts';

type Against = 'haproxy' | 'nginx' | 'best Node peer' | 'ours, 10 hosts';

/** What must be reached: ours / theirs, median of the ratios within rounds. */
export const TARGETS: readonly {
  readonly scenario: string;
  readonly figure: FigureName;
  readonly against: Against;
  readonly most: number;
  readonly goal?: number;
}[] = [
  { scenario: 'get-64', figure: 'cpu', against: 'haproxy', most: 1.1, goal: 1 },
  { scenario: 'get-64', figure: 'cpu', against: 'nginx', most: 1, goal: 0.95 },
  { scenario: 'get-64', figure: 'cpu', against: 'best Node peer', most: 0.55 },
  { scenario: 'get-1000', figure: 'cpu', against: 'haproxy', most: 1.15 },
  { scenario: 'get-1000', figure: 'cpu', against: 'nginx', most: 1.05 },
  ...['down-1m', 'up-1m'].flatMap(scenario => [
    { scenario, figure: 'cpu' as const, against: 'haproxy' as const, most: 1.15 },
    { scenario, figure: 'cpu' as const, against: 'nginx' as const, most: 0.95 },
    { scenario, figure: 'cpu' as const, against: 'best Node peer' as const, most: 0.6 },
  ]),
  { scenario: 'tls-get', figure: 'cpu', against: 'haproxy', most: 1.25 },
  { scenario: 'tls-full', figure: 'cpu', against: 'haproxy', most: 1.15 },
  { scenario: 'h2-get', figure: 'cpu', against: 'haproxy', most: 2 },
  { scenario: 'tcp-relay', figure: 'cpu', against: 'haproxy', most: 1.5 },
  { scenario: 'open-loop', figure: 'p99', against: 'haproxy', most: 1.3 },
  { scenario: 'open-loop', figure: 'p99', against: 'nginx', most: 1 },
  { scenario: 'hosts-100000', figure: 'cpu', against: 'ours, 10 hosts', most: 1.05 },
];

export type TargetOutcome = (typeof TARGETS)[number] & {
  /** Undefined where it was not measured. */
  readonly measured: number | undefined;
};

/** The best Node peer is the one that costs least, thus the one with the greatest ratio. */
const ratioAgainst = (
  summaries: readonly LaneSummary[],
  against: Against,
  figure: FigureName,
): number | undefined => {
  const lanes = against === 'best Node peer' ? NODE_PEERS : [against];
  const ratios = summaries.flatMap(({ lane, ratios }) =>
    lanes.includes(lane) ? (ratios[figure] ?? []) : [],
  );
  return ratios.length === 0 ? undefined : Math.max(...ratios);
};

export const targetOutcomes = (results: readonly ScenarioResult[]): readonly TargetOutcome[] =>
  TARGETS.flatMap(target => {
    const result = results.find(({ scenario }) => scenario === target.scenario);
    if (result?.kind !== 'cost') return [];
    return [{ ...target, measured: ratioAgainst(summarize(result), target.against, target.figure) }];
  });
