import { type BenchWorld, LOAD_CORE, PROXY_CORE } from './bench-world.ts';
import type { Contender } from './job.ts';
import { type Lane, startLane } from './lane.ts';
import { quietMoment } from './measure/quiet-moment.ts';
import { type MeasureSpec, measureLane } from './measure-lane.ts';
import type { Sample, ScenarioResult } from './samples.ts';
import type { Scenario } from './scenarios.ts';

export type RunOptions = {
  readonly rounds: number;
  readonly seconds: number;
  readonly contenders: readonly Contender[];
  readonly withInstructions: boolean;
  readonly print: (line: string) => void;
  readonly isStopping: () => boolean;
};

/** A void measurement is taken again, but not for ever: somebody else may keep the machine busy. */
const MAX_TRIES = 3;
const WARM_UP_SECONDS = 2;
const QUIET_WAIT_MS = 10_000;

const counted = (count: number): string => count.toLocaleString('en-US');

type Planned = { readonly contender: Contender; readonly name: string; readonly hostCount: number };

const plannedLanes = (scenario: Scenario, contenders: readonly Contender[]): readonly Planned[] =>
  scenario.ownHostCounts === null
    ? contenders
        // At peak the origin by itself only shows how busy the load core can be.
        .filter(({ name }) => name !== 'direct' || scenario.load.kind !== 'peak')
        .map(contender => ({ contender, name: contender.name, hostCount: scenario.hosts }))
    : contenders
        .filter(({ name }) => name === 'ours')
        .flatMap(contender =>
          (scenario.ownHostCounts ?? []).map(hostCount => ({
            contender,
            name: `ours, ${counted(hostCount)} hosts`,
            hostCount,
          })),
        );

/** The lane to which all are compared: ours, and of several the one with the most hosts. */
const referenceName = (scenario: Scenario): string =>
  scenario.ownHostCounts === null ? 'ours' : `ours, ${counted(Math.max(...scenario.ownHostCounts))} hosts`;

/** The rate of an open-loop scenario; null for one at peak. */
const rateFor = async (
  lanes: readonly Lane[],
  scenario: Scenario,
  peakOf: (lane: Lane) => Promise<number>,
): Promise<number | null> => {
  const { load } = scenario;
  if (load.kind === 'peak') return null;
  if (load.kind === 'messages') return load.ratePerSecond;
  let lowest = Number.POSITIVE_INFINITY;
  for (const lane of lanes) {
    if (lane.child === null || (load.of !== 'all' && !load.of.includes(lane.name))) continue;
    lowest = Math.min(lowest, await peakOf(lane));
  }
  if (!Number.isFinite(lowest)) throw new Error('none of those by whose peak the rate is set takes part');
  return Math.floor(lowest * load.share);
};

/** The order moves on by one each round, so that nobody always comes after the same one. */
const inTurn = (lanes: readonly Lane[], round: number): readonly Lane[] =>
  lanes.map((_, index) => lanes[(index + round) % lanes.length] as Lane);

const measureInQuiet = async (
  world: BenchWorld,
  lane: Lane,
  spec: MeasureSpec & { readonly round: number },
): Promise<Sample> => {
  await quietMoment([PROXY_CORE, LOAD_CORE], QUIET_WAIT_MS);
  return measureLane(world, lane, spec);
};

const measureRounds = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  { spec, options }: { readonly spec: MeasureSpec; readonly options: RunOptions },
): Promise<readonly Sample[]> => {
  const samples: Sample[] = [];
  for (let round = 1; round <= options.rounds && !options.isStopping(); round += 1) {
    for (const lane of inTurn(lanes, round - 1)) {
      if (options.isStopping()) break;
      let sample = await measureInQuiet(world, lane, { ...spec, round });
      for (let tries = 1; sample.isVoid && tries < MAX_TRIES && !options.isStopping(); tries += 1)
        sample = await measureInQuiet(world, lane, { ...spec, round });
      samples.push(sample);
      options.print(
        `  round ${round} ${lane.name}: ${sample.cpuMicrosecondsPerRequest.toFixed(1)} µs, ${Math.round(sample.requestsPerSecond)}/s, p99 ${sample.p99Microseconds} µs${sample.errors > 0 ? `, ${sample.errors} errors` : ''}${sample.isVoid ? ' (void)' : ''}`,
      );
    }
  }
  return samples;
};

/** Lanes that cannot reach the rate would be measured drowning: they stand aside. */
const split = async (
  lanes: readonly Lane[],
  spec: MeasureSpec,
  peakOf: (lane: Lane) => Promise<number>,
): Promise<{ readonly able: readonly Lane[]; readonly absent: Readonly<Record<string, string>> }> => {
  if (spec.ratePerSecond === null || spec.scenario.load.kind !== 'share-of-peak')
    return { able: lanes, absent: {} };
  const able: Lane[] = [];
  const absent: Record<string, string> = {};
  for (const lane of lanes) {
    const peak = lane.child === null ? Number.POSITIVE_INFINITY : await peakOf(lane);
    if (peak > spec.ratePerSecond * 1.05) able.push(lane);
    else
      absent[lane.name] =
        `its peak is ${counted(Math.round(peak))}/s, the rate ${counted(spec.ratePerSecond)}/s`;
  }
  return { able, absent };
};

/** Runs one scenario: all contenders up, then round after round in turn. */
export const runScenario = async (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> => {
  const lanes: Lane[] = [];
  const absent: Record<string, string> = {};
  options.print(`${scenario.name}: ${scenario.about}`);
  try {
    for (const { contender, name, hostCount } of plannedLanes(scenario, options.contenders)) {
      const started = await startLane(world, contender, { scenario, hostCount, name });
      if (started.ok) lanes.push(started.lane);
      else absent[name] = started.why;
      if (!started.ok) options.print(`  ${name} takes no part: ${started.why}`);
    }
    const atPeak: MeasureSpec = {
      scenario,
      seconds: WARM_UP_SECONDS,
      ratePerSecond: null,
      withInstructions: false,
    };
    const peaks = new Map<string, number>();
    const peakOf = async (lane: Lane): Promise<number> => {
      const known = peaks.get(lane.name);
      const peak = known ?? (await measureLane(world, lane, { ...atPeak, round: 0 })).requestsPerSecond;
      peaks.set(lane.name, peak);
      return peak;
    };
    // Also the warm-up: code that is not compiled yet, and connections that are not open yet, are nobody's figure.
    if (scenario.load.kind === 'messages')
      for (const lane of lanes)
        await measureLane(world, lane, { ...atPeak, ratePerSecond: scenario.load.ratePerSecond, round: 0 });
    else for (const lane of lanes) await peakOf(lane);
    const ratePerSecond = await rateFor(lanes, scenario, peakOf);
    const spec = {
      ...atPeak,
      seconds: options.seconds,
      ratePerSecond,
      withInstructions: options.withInstructions,
    };
    const taking = await split(lanes, spec, peakOf);
    const samples = await measureRounds(world, taking.able, { spec, options });
    return {
      scenario: scenario.name,
      about: scenario.about,
      reference: referenceName(scenario),
      ratePerSecond,
      samples,
      absent: { ...absent, ...taking.absent },
    };
  } finally {
    for (const { child } of lanes) if (child !== null) await world.children.stop(child);
  }
};
