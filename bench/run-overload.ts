import { setTimeout as wait } from 'node:timers/promises';
import { type BenchWorld, LOAD_CORE } from './bench-world.ts';
import { finished } from './children.ts';
import { portablePath } from './contenders/sluice-command.ts';
import { type Lane, startLane } from './lane.ts';
import type { OverloadTask } from './load/overload-task.ts';
import { measureLane } from './measure-lane.ts';
import type { RunOptions } from './run-options.ts';
import type { OverloadFigures, OverloadResult } from './samples.ts';
import type { Scenario } from './scenarios.ts';

/** Three times what can be answered: most has to be refused. */
const FACTOR = 3;
/** Half of it: the latency of a router that keeps up. */
const BEFORE = 0.5;
const BEFORE_MS = 3_000;
const WATCHED_MS = 40_000;

const overload = async (
  world: BenchWorld,
  lane: Lane,
  { scenario, options, round }: { scenario: Scenario; options: RunOptions; round: number },
): Promise<OverloadFigures> => {
  const spec = { scenario, seconds: options.seconds, ratePerSecond: null, withInstructions: false, round };
  const capacityPerSecond = Math.floor((await measureLane(world, lane, spec)).requestsPerSecond);
  // The connections of the measurement have to be gone, or they would count against the limit.
  await wait(500);
  const task: OverloadTask = {
    port: lane.port,
    adminPort: lane.adminPort ?? null,
    oldConnections: scenario.connections,
    ratePerSecondBefore: Math.floor(capacityPerSecond * BEFORE),
    ratePerSecond: capacityPerSecond * FACTOR,
    beforeMs: BEFORE_MS,
    durationMs: options.seconds * 1000,
  };
  const command = [process.execPath, portablePath('../load/overload.ts'), JSON.stringify(task)];
  const printed = await finished(world.children.start(LOAD_CORE, command), task.durationMs + WATCHED_MS);
  const figures = JSON.parse(printed) as Omit<OverloadFigures, 'capacityPerSecond' | 'offeredPerSecond'>;
  return { capacityPerSecond, offeredPerSecond: task.ratePerSecond, ...figures };
};

/** Ours alone: the others refuse by other rules (HAProxy and nginx leave connections waiting in the kernel). */
export const runOverload = async (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<OverloadResult> => {
  const base = { kind: 'overload', scenario: scenario.name, about: scenario.about } as const;
  const ours = options.contenders.find(({ name }) => name === 'ours');
  if (ours === undefined) return { ...base, figures: [], absent: { ours: 'not asked for' } };
  const started = await startLane(world, ours, { scenario, hostCount: scenario.hosts, name: 'ours' });
  if (!started.ok) return { ...base, figures: [], absent: { ours: started.why } };
  const figures: OverloadFigures[] = [];
  try {
    for (let round = 1; round <= options.rounds && !options.isStopping(); round += 1) {
      const measured = await overload(world, started.lane, { scenario, options, round });
      figures.push(measured);
      options.print(
        `  round ${round}: of ${measured.offeredPerSecond}/s ${Math.round(measured.admitted.perSecond)}/s answered, p99 ${measured.admitted.p99Us} µs; recovered after ${measured.recoveryMs?.toFixed(0) ?? '–'} ms`,
      );
    }
  } finally {
    if (started.lane.child !== null) await world.children.stop(started.lane.child);
  }
  return { ...base, figures, absent: {} };
};
