import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { type BenchWorld, LOAD_CORE } from './bench-world.ts';
import type { Child } from './children.ts';
import { portablePath } from './contenders/sluice-command.ts';
import { NODE_CONTENDERS } from './contenders.ts';
import type { Contender } from './job.ts';
import { type Lane, startLane } from './lane.ts';
import { heapOf, heapReportEnv } from './measure/heap-figures.ts';
import { usageOf } from './measure/machine.ts';
import { memoryOf } from './measure/memory.ts';
import { measureLane } from './measure-lane.ts';
import type { RunOptions } from './run-options.ts';
import type { BusyMemory, BusyMemoryResult, IdleMemory, IdleMemoryResult } from './samples.ts';
import type { Scenario } from './scenarios.ts';

/** Long enough for what a rush left behind to be let go: V8's own idle collections, pools, lingering sockets. */
const SETTLE_MS = 8_000;
const OPEN_MS = 60_000;

type Measured<T> = { readonly figures: readonly T[]; readonly absent: Record<string, string> };

/** Each contender by itself, from a fresh start: memory that a process once had it mostly keeps. */
const forEachContender = async <T>(
  scenario: Scenario,
  { world, options, env }: { world: BenchWorld; options: RunOptions; env?: NodeJS.ProcessEnv },
  measure: (lane: Lane, child: Child, contender: Contender) => Promise<T>,
): Promise<Measured<T>> => {
  const figures: T[] = [];
  const absent: Record<string, string> = {};
  for (const contender of options.contenders) {
    if (options.isStopping() || contender.name === 'direct') continue;
    const { name } = contender;
    const start = { scenario, hostCount: scenario.hosts, name, ...(env === undefined ? {} : { env }) };
    const started = await startLane(world, contender, start);
    if (!started.ok) absent[name] = started.why;
    else if (started.lane.child !== null) {
      try {
        figures.push(await measure(started.lane, started.lane.child, contender));
      } catch (error) {
        absent[name] = error instanceof Error ? error.message : String(error);
      } finally {
        await world.children.stop(started.lane.child);
      }
    }
  }
  return { figures, absent };
};

/** Each process under load, looked at shortly before the load ends. */
export const runBusyMemory = async (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<BusyMemoryResult> => {
  const seconds = options.seconds * options.rounds;
  const spec = { scenario, seconds, ratePerSecond: null, withInstructions: false, round: 1 };
  const measured = await forEachContender<BusyMemory>(scenario, { world, options }, async (lane, child) => {
    const load = measureLane(world, lane, spec);
    await wait(Math.max(500, seconds * 1000 - 500));
    const processes = await memoryOf(child.pid);
    const { requestsPerSecond } = await load;
    options.print(`  ${lane.name}: ${processes.length} process(es), ${Math.round(requestsPerSecond)}/s`);
    return { lane: lane.name, connections: scenario.connections, processes };
  });
  return { kind: 'busy-memory', scenario: scenario.name, about: scenario.about, ...measured };
};

type WorkerMemory = { readonly privateBytes: number; readonly heapBytes: number | null };

const workerMemory = async (child: Child, heapFolder: string | null): Promise<WorkerMemory> => {
  const workers = (await memoryOf(child.pid)).filter(({ role }) => role === 'worker');
  const privateBytes = workers.reduce((sum, worker) => sum + worker.privateBytes, 0);
  if (heapFolder === null) return { privateBytes, heapBytes: null };
  const { pids } = await usageOf(child.pid);
  const heap = await heapOf(pids.at(-1) ?? child.pid, heapFolder);
  return { privateBytes, heapBytes: heap === undefined ? null : heap.heapUsed + heap.external };
};

const openIdle = async (world: BenchWorld, lane: Lane, count: number): Promise<Child> => {
  const command = [process.execPath, portablePath('../load/idle-connections.ts'), `${lane.port}`, `${count}`];
  const holder = world.children.start(LOAD_CORE, command, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(holder.process, 'exit').then(() => {
    throw new Error(`connections did not stay open: ${holder.output().trim()}`);
  });
  // Looked at only while the connections are opened.
  ended.catch(() => undefined);
  await Promise.race([
    ended,
    once(holder.process.stdout ?? holder.process, 'data'),
    wait(OPEN_MS).then(() => {
      throw new Error(`${count} connections were not open after ${OPEN_MS / 1000} s`);
    }),
  ]);
  return holder;
};

/** A worker with connections that only stay open, against the same one before: warm, and as long settled. */
export const runIdleMemory = async (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<IdleMemoryResult> => {
  const folder = await world.newFolder('heap');
  const measure = async (lane: Lane, child: Child, { name }: Contender): Promise<IdleMemory> => {
    const heapFolder = NODE_CONTENDERS.includes(name) ? folder : null;
    const warmUp = { ...scenario, connections: 64 };
    await measureLane(world, lane, {
      scenario: warmUp,
      seconds: options.seconds,
      ratePerSecond: null,
      withInstructions: false,
      round: 0,
    });
    await wait(SETTLE_MS);
    const before = await workerMemory(child, heapFolder);
    const holder = await openIdle(world, lane, scenario.connections);
    await wait(SETTLE_MS);
    const after = await workerMemory(child, heapFolder);
    await world.children.stop(holder);
    const each = (bytes: number): number => bytes / scenario.connections;
    const figures: IdleMemory = {
      lane: lane.name,
      connections: scenario.connections,
      privateBytesEach: each(after.privateBytes - before.privateBytes),
      heapBytesEach:
        after.heapBytes === null || before.heapBytes === null
          ? null
          : each(after.heapBytes - before.heapBytes),
    };
    options.print(`  ${lane.name}: ${Math.round(figures.privateBytesEach)} bytes a connection`);
    return figures;
  };
  const env = heapReportEnv(folder);
  const measured = await forEachContender(scenario, { world, options, env }, measure);
  return { kind: 'idle-memory', scenario: scenario.name, about: scenario.about, ...measured };
};
