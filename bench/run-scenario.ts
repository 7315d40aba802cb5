import type { BenchWorld } from './bench-world.ts';
import type { Contender } from './job.ts';
import { type Lane, startLane } from './lane.ts';
import { rateOfRound, tooSlow } from './rates.ts';
import { measureRounds } from './rounds.ts';
import { runBusyMemory, runIdleMemory } from './run-memory.ts';
import { runNoise } from './run-noise.ts';
import type { RunOptions } from './run-options.ts';
import { runOverload } from './run-overload.ts';
import type { CostResult, Sample, ScenarioResult } from './samples.ts';
import type { Scenario } from './scenarios.ts';
import { warmUp } from './warm-up.ts';

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

const measureScenario = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  {
    scenario,
    options,
    absent,
  }: { readonly scenario: Scenario; readonly options: RunOptions; readonly absent: Absent },
): Promise<readonly Sample[]> => {
  for (const lane of lanes) {
    const why = await warmUp(world, lane, scenario);
    if (why !== undefined) absent[lane.name] = why;
  }
  const healthy = lanes.filter(({ name }) => absent[name] === undefined);
  for (const [name, why] of await tooSlow(world, healthy, scenario)) absent[name] = why;
  const able = healthy.filter(({ name }) => absent[name] === undefined);
  const { seconds, withInstructions } = options;
  return measureRounds(world, able, {
    spec: { scenario, seconds, withInstructions },
    rateOfRound: () => rateOfRound(world, able, scenario),
    options: { ...options, reference: referenceName(scenario) },
  });
};

/** All contenders up, then round after round in turn. */
const runCost = async (world: BenchWorld, scenario: Scenario, options: RunOptions): Promise<CostResult> => {
  const lanes: Lane[] = [];
  const absent: Absent = {};
  try {
    await startLanes(world, scenario, { run: options, absent, onLane: lane => lanes.push(lane) });
    const samples = await measureScenario(world, lanes, { scenario, options, absent });
    const { name, about } = scenario;
    return { kind: 'cost', scenario: name, about, reference: referenceName(scenario), samples, absent };
  } finally {
    for (const { child } of lanes) if (child !== null) await world.children.stop(child);
  }
};

const RUNS = {
  cost: runCost,
  'busy-memory': runBusyMemory,
  'idle-memory': runIdleMemory,
  overload: runOverload,
  noise: runNoise,
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
