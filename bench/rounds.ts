import { type BenchWorld, LOAD_CORE, PROXY_CORE } from './bench-world.ts';
import type { Lane } from './lane.ts';
import { quietMoment } from './measure/quiet-moment.ts';
import { type MeasureSpec, measureLane } from './measure-lane.ts';
import type { Sample } from './samples.ts';

export type RoundOptions = {
  /** Valid rounds that are wanted of every contender, each beside a valid one of the reference. */
  readonly rounds: number;
  /** The lane to which all are compared. */
  readonly reference: string;
  readonly print: (line: string) => void;
  readonly isStopping: () => boolean;
};

/** Void rounds are made up for, but not for ever: somebody else may keep the machine busy. */
const MOST_ROUNDS_FACTOR = 3;
const QUIET_WAIT_MS = 5_000;

/** The order moves on by one each round, so that nobody always comes after the same one. */
export const inTurn = <T>(lanes: readonly T[], round: number): readonly T[] => {
  const first = round % Math.max(1, lanes.length);
  return [...lanes.slice(first), ...lanes.slice(0, first)];
};

/** Lanes that lack valid rounds beside the reference, with the reference where there are any. */
export const lanesInNeed = <T extends { readonly name: string }>(
  lanes: readonly T[],
  samples: readonly Sample[],
  { rounds, reference }: Pick<RoundOptions, 'rounds' | 'reference'>,
): readonly T[] => {
  const valid = samples.filter(({ isVoid }) => !isVoid);
  const ofReference = new Set(valid.flatMap(({ lane, round }) => (lane === reference ? [round] : [])));
  const isShort = ({ name }: T): boolean =>
    valid.filter(({ lane, round }) => lane === name && ofReference.has(round)).length < rounds;
  const short = lanes.filter(isShort);
  return short.length === 0 ? [] : lanes.filter(lane => short.includes(lane) || lane.name === reference);
};

const sampleLine = (sample: Sample): string => {
  const errors = sample.errors > 0 ? `, ${sample.errors} errors` : '';
  const figures = `${sample.cpuMicrosecondsPerRequest.toFixed(1)} µs, ${Math.round(sample.requestsPerSecond)}/s, p99 ${sample.p99Microseconds} µs, ${(100 * sample.stolen).toFixed(1)} % stolen`;
  return `  round ${sample.round} ${sample.lane}: ${figures}${errors}${sample.isVoid ? ' (void)' : ''}`;
};

/**
 * Measures round after round, each lane in turn, until all have their valid rounds or three times as many were made.
 * `rateOfRound`: what is offered to all in the round that begins; null for as much as goes.
 */
export const measureRounds = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  {
    spec,
    rateOfRound,
    options,
  }: {
    readonly spec: Omit<MeasureSpec, 'ratePerSecond'>;
    readonly rateOfRound: () => Promise<number | null>;
    readonly options: RoundOptions;
  },
): Promise<readonly Sample[]> => {
  const samples: Sample[] = [];
  for (let round = 1; round <= options.rounds * MOST_ROUNDS_FACTOR; round += 1) {
    const inRound = inTurn(lanesInNeed(lanes, samples, options), round - 1);
    const ratePerSecond = inRound.length === 0 || options.isStopping() ? null : await rateOfRound();
    for (const lane of inRound) {
      if (options.isStopping()) return samples;
      await quietMoment([PROXY_CORE, LOAD_CORE], QUIET_WAIT_MS);
      const sample = await measureLane(world, lane, { ...spec, ratePerSecond, round });
      samples.push(sample);
      options.print(sampleLine(sample));
    }
  }
  return samples;
};
