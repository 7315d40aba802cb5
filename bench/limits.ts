import { noiseRatio } from './noise-table.ts';
import type { ScenarioResult } from './samples.ts';

/** A bound on what one of our processes may take or how long it may need, whoever else was measured. */
export type LimitOutcome = {
  readonly scenario: string;
  readonly figure: string;
  readonly most: number;
  /** Undefined where it was not measured. */
  readonly measured: number | undefined;
};

const largest = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.max(...values);

/** What must be reached in figures of ours alone. */
export const limitOutcomes = (results: readonly ScenarioResult[]): readonly LimitOutcome[] =>
  results.flatMap((result): readonly LimitOutcome[] => {
    const { scenario } = result;
    switch (result.kind) {
      case 'cost':
        return [];
      case 'busy-memory': {
        const ours = result.figures.filter(({ lane }) => lane === 'ours');
        const workers = ours.flatMap(({ processes }) => processes.filter(({ role }) => role === 'worker'));
        const measured = largest(workers.map(({ residentBytes }) => residentBytes / 1_048_576));
        return [{ scenario, figure: 'RSS of a worker, MiB', most: 120, measured }];
      }
      case 'idle-memory': {
        const ours = result.figures.filter(({ lane }) => lane === 'ours');
        const measured = largest(ours.map(({ privateBytesEach }) => privateBytesEach / 1024));
        return [{ scenario, figure: 'an idle connection, KiB', most: 12, measured }];
      }
      case 'noise': {
        const measured = noiseRatio(result.figures.filter(({ lane }) => lane === 'ours'));
        return [{ scenario, figure: "neighbours' p99, with noise / alone", most: 2, measured }];
      }
      default: {
        const times = result.figures.map(({ recoveryMs }) => (recoveryMs ?? Number.POSITIVE_INFINITY) / 1000);
        return [{ scenario, figure: 'recovery, s', most: 5, measured: largest(times) }];
      }
    }
  });
