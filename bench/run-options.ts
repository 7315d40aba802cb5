import type { Contender } from './job.ts';

/** What the command line asks of each scenario. */
export type RunOptions = {
  /** Valid rounds that are wanted. */
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  readonly contenders: readonly Contender[];
  readonly withInstructions: boolean;
  readonly print: (line: string) => void;
  readonly isStopping: () => boolean;
};
