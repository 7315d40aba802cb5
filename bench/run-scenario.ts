import { type BenchWorld, LOAD_CORE, PROXY_CORE } from './bench-world.ts';
import type { Contender } from './job.ts';
import { type Lane, startLane } from './lane.ts';
import { quietMoment } from './measure/quiet-moment.ts';
import { type MeasureSpec, measureLane } from './measure-lane.ts';
import { measureRounds } from './rounds.ts';
import { runBusyMemory, runIdleMemory } from './run-memory.ts';
import type { RunOptions } from './run-options.ts';
import { runOverload } from './run-overload.ts';
import type { CostResult, ScenarioResult } from './samples.ts';
import type { Scenario } from './scenarios.ts';

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
): Promise<Pick<CostResult, 'ratePerSecond' | 'samples'>> => {
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
  const roundOptions = { ...options, reference: referenceName(scenario) };
  return { ratePerSecond, samples: await measureRounds(world, able, { spec, options: roundOptions }) };
};

/** All contenders up, then round after round in turn. */
const runCost = async (world: BenchWorld, scenario: Scenario, options: RunOptions): Promise<CostResult> => {
  const lanes: Lane[] = [];
  const absent: Absent = {};
  try {
    await startLanes(world, scenario, { run: options, absent, onLane: lane => lanes.push(lane) });
    const measured = await measureScenario(world, lanes, { scenario, options, absent });
    const { name, about } = scenario;
    return { kind: 'cost', scenario: name, about, reference: referenceName(scenario), ...measured, absent };
  } finally {
    for (const { child } of lanes) if (child !== null) await world.children.stop(child);
  }
};

const RUNS = {
  cost: runCost,
  'busy-memory': runBusyMemory,
  'idle-memory': runIdleMemory,
  overload: runOverload,
} as const satisfies Record<Scenario['measures'], unknown>;

/** Runs one scenario. */
export const runScenario = (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<ScenarioResult> => {
  options.print(`${scenario.name}: ${scenario.about}`);
  return RUNS[scenario.measures](world, scenario, options);
};
