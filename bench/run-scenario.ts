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
const MAX_TRIES = 2;
/** Above this share of wrong answers something else than the scenario is measured. */
const MAX_ERROR_SHARE = 0.01;
/** Closer than this to its peak, a contender's latency is the length of its queue. */
const NEAR_PEAK = 1.05;
const WARM_UP_SECONDS = 2;
const QUIET_WAIT_MS = 5_000;

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

/** The rate of an open-loop scenario, from the peaks of those it is set by; null for one at peak. */
const rateFor = (scenario: Scenario, peaks: ReadonlyMap<string, number>): number | null => {
  const { load } = scenario;
  if (load.kind === 'peak') return null;
  if (load.kind === 'messages') return load.ratePerSecond;
  const measured = [...peaks].flatMap(([name, peak]) =>
    load.of === 'all' || load.of.includes(name) ? [peak] : [],
  );
  if (measured.length === 0) throw new Error('none of those by whose peak the rate is set takes part');
  return Math.floor(Math.min(...measured) * load.share);
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

type Absent = Record<string, string>;

const startLanes = async (
  world: BenchWorld,
  scenario: Scenario,
  options: { readonly run: RunOptions; readonly absent: Absent; readonly onLane: (lane: Lane) => void },
): Promise<void> => {
  for (const { contender, name, hostCount } of plannedLanes(scenario, options.run.contenders)) {
    if (options.run.isStopping()) return;
    const started = await startLane(world, contender, { scenario, hostCount, name });
    if (started.ok) options.onLane(started.lane);
    else options.absent[name] = started.why;
  }
};

/**
 * Code that is not compiled yet and connections that are not open yet are nobody's figure. Who answers with errors
 * takes no part: 403 is cheaper than what was asked for.
 */
const warmUp = async (
  world: BenchWorld,
  lane: Lane,
  { spec, absent }: { readonly spec: MeasureSpec; readonly absent: Absent },
): Promise<void> => {
  const { load } = spec.scenario;
  const ratePerSecond = load.kind === 'messages' ? load.ratePerSecond : null;
  const { requests, errors } = await measureLane(world, lane, { ...spec, ratePerSecond, round: 0 });
  if (errors > requests * MAX_ERROR_SHARE || requests === 0)
    absent[lane.name] = `${errors} of ${requests} answers were errors`;
};

/** The peaks that a rate is set by, and the lanes that reach it: one that cannot would be measured drowning. */
const measurePeaks = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  spec: MeasureSpec,
): Promise<ReadonlyMap<string, number>> => {
  const peaks = new Map<string, number>();
  for (const lane of lanes) {
    if (lane.child === null || spec.scenario.load.kind !== 'share-of-peak') continue;
    await quietMoment([PROXY_CORE, LOAD_CORE], QUIET_WAIT_MS);
    peaks.set(lane.name, (await measureLane(world, lane, { ...spec, round: 0 })).requestsPerSecond);
  }
  return peaks;
};

const measureScenario = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  {
    scenario,
    options,
    absent,
  }: { readonly scenario: Scenario; readonly options: RunOptions; readonly absent: Absent },
): Promise<Pick<ScenarioResult, 'ratePerSecond' | 'samples'>> => {
  const atPeak: MeasureSpec = {
    scenario,
    seconds: WARM_UP_SECONDS,
    ratePerSecond: null,
    withInstructions: false,
  };
  for (const lane of lanes) await warmUp(world, lane, { spec: atPeak, absent });
  const healthy = lanes.filter(({ name }) => absent[name] === undefined);
  const peaks = await measurePeaks(world, healthy, atPeak);
  const ratePerSecond = rateFor(scenario, peaks);
  for (const [name, peak] of peaks)
    if (ratePerSecond !== null && peak < ratePerSecond * NEAR_PEAK)
      absent[name] = `its peak is ${counted(Math.round(peak))}/s, the rate ${counted(ratePerSecond)}/s`;
  const able = healthy.filter(({ name }) => absent[name] === undefined);
  const { seconds, withInstructions } = options;
  const spec: MeasureSpec = { scenario, seconds, ratePerSecond, withInstructions };
  return { ratePerSecond, samples: await measureRounds(world, able, { spec, options }) };
};

/** Runs one scenario: all contenders up, then round after round in turn. */
export const runScenario = async (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> => {
  const lanes: Lane[] = [];
  const absent: Absent = {};
  options.print(`${scenario.name}: ${scenario.about}`);
  try {
    await startLanes(world, scenario, { run: options, absent, onLane: lane => lanes.push(lane) });
    const measured = await measureScenario(world, lanes, { scenario, options, absent });
    return {
      scenario: scenario.name,
      about: scenario.about,
      reference: referenceName(scenario),
      ...measured,
      absent,
    };
  } finally {
    for (const { child } of lanes) if (child !== null) await world.children.stop(child);
  }
};
