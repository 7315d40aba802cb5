import { type BenchWorld, LOAD_CORE, PROXY_CORE } from './bench-world.ts';
import type { Lane } from './lane.ts';
import { quietMoment } from './measure/quiet-moment.ts';
import { type MeasureSpec, measureLane } from './measure-lane.ts';
import type { Load, Scenario } from './scenarios.ts';

const QUIET_WAIT_MS = 5_000;
const PEAK_SECONDS = 1;
/** Closer than this to its peak, a contender's latency is the length of its queue. */
const NEAR_PEAK = 1.05;

/** The rate that a scenario names by itself; null where it names none. */
export const givenRate = (load: Load): number | null => ('ratePerSecond' in load ? load.ratePerSecond : null);

/** Requests a second of each lane, as fast as it goes. */
const peaksOf = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  scenario: Scenario,
): Promise<ReadonlyMap<string, number>> => {
  const peaks = new Map<string, number>();
  const spec: MeasureSpec = { scenario, seconds: PEAK_SECONDS, ratePerSecond: null, withInstructions: false };
  for (const lane of lanes) {
    await quietMoment([PROXY_CORE, LOAD_CORE], QUIET_WAIT_MS);
    peaks.set(lane.name, (await measureLane(world, lane, { ...spec, round: 0 })).requestsPerSecond);
  }
  return peaks;
};

/**
 * What is offered in one round; null for as much as goes. A share of a peak is taken of peaks measured right before:
 * this machine is 40 % slower in one minute than in another, and 70 % of a good minute's peak would drown everybody.
 */
export const rateOfRound = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  scenario: Scenario,
): Promise<number | null> => {
  const { load } = scenario;
  if (load.kind !== 'share-of-peak') return givenRate(load);
  const asked = lanes.filter(({ name, child }) => child !== null && load.of.includes(name));
  if (asked.length === 0) throw new Error('none of those by whose peak the rate is set takes part');
  return Math.floor(Math.min(...(await peaksOf(world, asked, scenario)).values()) * load.share);
};

/** Lanes that cannot do what the others are offered, and what they can: they would be measured drowning. */
export const tooSlow = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  scenario: Scenario,
): Promise<ReadonlyMap<string, string>> => {
  const { load } = scenario;
  if (load.kind !== 'share-of-peak') return new Map();
  const rate = (await rateOfRound(world, lanes, scenario)) ?? 0;
  const others = lanes.filter(({ name, child }) => child !== null && !load.of.includes(name));
  const shown = (count: number): string => Math.round(count).toLocaleString('en-US');
  return new Map(
    [...(await peaksOf(world, others, scenario))]
      .filter(([, peak]) => peak < rate * NEAR_PEAK)
      .map(([name, peak]) => [name, `its peak is ${shown(peak)}/s, the rate ${shown(rate)}/s`]),
  );
};
