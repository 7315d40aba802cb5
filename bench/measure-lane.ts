import { setTimeout as wait } from 'node:timers/promises';
import { type BenchWorld, LOAD_CORE, PROXY_CORE } from './bench-world.ts';
import { CHANGING_HOST, type Track } from './job.ts';
import type { Lane } from './lane.ts';
import { InstructionCount } from './measure/instructions.ts';
import { coreTicks, usageOf } from './measure/machine.ts';
import { busyShare, stolenShare } from './measure/process-stat.ts';
import { changeSeenAfterMs } from './probe.ts';
import { type LoadSpec, putLoad } from './put-load.ts';
import type { Sample } from './samples.ts';

/**
 * With its own core busier than this the generator may have been the bottleneck (DESIGN 11), unless the contender had
 * nothing left of its core either: then it was at its peak, whatever the generator did.
 */
const VOID_ABOVE = 0.9;
const AT_PEAK_ABOVE = 0.95;
/** A neighbour on the contender's core spoils its caches and its clock. */
const FOREIGN_ABOVE = 0.1;
/**
 * A core that the hypervisor takes away stands still for tens of milliseconds, whatever runs on it: one per cent of the
 * time is enough to be the p99 of a given rate. At a peak it costs throughput, and CPU time only by colder caches.
 */
const STOLEN_ABOVE_AT_A_RATE = 0.01;
const STOLEN_ABOVE_AT_PEAK = 0.05;

export type MeasureSpec = LoadSpec & { readonly withInstructions: boolean };

/** Swaps the changing host's backend once a second until the load has ended; how long each swap took to be seen. */
const changeHosts = async (lane: Lane, isOver: () => boolean): Promise<readonly number[]> => {
  const seen: number[] = [];
  const { changeHost } = lane;
  for (let turn = 0; changeHost !== null && !isOver(); turn += 1) {
    await wait(500);
    const track: Track = turn % 2 === 0 ? 'edge' : 'stable';
    const startMs = performance.now();
    await changeHost(track);
    const writtenMs = performance.now() - startMs;
    const afterMs = await changeSeenAfterMs(lane.port, CHANGING_HOST, track);
    seen.push(afterMs === undefined ? Number.POSITIVE_INFINITY : writtenMs + afterMs);
    await wait(Math.max(0, 1000 - (performance.now() - startMs) - 500));
  }
  return seen;
};

/** True where somebody else took of a core what the contender was to have, whatever the generator did. */
export const isDisturbed = ({
  foreignBusy,
  stolen,
  offeredPerSecond,
}: Pick<Sample, 'foreignBusy' | 'stolen' | 'offeredPerSecond'>): boolean =>
  foreignBusy > FOREIGN_ABOVE ||
  stolen > (offeredPerSecond === null ? STOLEN_ABOVE_AT_PEAK : STOLEN_ABOVE_AT_A_RATE);

/** One measurement of one contender. */
export const measureLane = async (
  world: BenchWorld,
  lane: Lane,
  spec: MeasureSpec & { readonly round: number },
): Promise<Sample> => {
  const root = lane.child?.pid;
  const usage = async () => (root === undefined ? undefined : usageOf(root));
  const cores = () => Promise.all([coreTicks(PROXY_CORE), coreTicks(LOAD_CORE)]);
  const before = await usage();
  const counting =
    spec.withInstructions && before !== undefined ? new InstructionCount(before.pids) : undefined;
  const [proxyBefore, loadBefore] = await cores();
  let isOver = false;
  const changes = spec.scenario.changesHosts ? changeHosts(lane, () => isOver) : Promise.resolve([]);
  const startMs = performance.now();
  const load = await putLoad(world, lane, spec);
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  isOver = true;
  const [proxyAfter, loadAfter] = await cores();
  const after = await usage();
  const instructions = await counting?.stop();
  const cpuSeconds = (after?.cpuSeconds ?? 0) - (before?.cpuSeconds ?? 0);
  const loadCoreBusy = busyShare(loadBefore, loadAfter);
  const ownBusy = cpuSeconds / load.seconds;
  const foreignBusy = Math.max(0, busyShare(proxyBefore, proxyAfter) - cpuSeconds / elapsedSeconds);
  const stolen = Math.max(stolenShare(proxyBefore, proxyAfter), stolenShare(loadBefore, loadAfter));
  return {
    round: spec.round,
    lane: lane.name,
    requests: load.requests,
    requestsPerSecond: load.requests / load.seconds,
    offeredPerSecond: spec.ratePerSecond,
    cpuMicrosecondsPerRequest: (cpuSeconds * 1e6) / load.requests,
    instructionsPerRequest: instructions === undefined ? null : instructions / load.requests,
    p50Microseconds: load.p50Us,
    p99Microseconds: load.p99Us,
    residentBytes: after?.residentBytes ?? 0,
    errors: load.errors,
    loadCoreBusy,
    ownBusy,
    foreignBusy,
    stolen,
    changeMilliseconds: await changes,
    isVoid:
      (loadCoreBusy > VOID_ABOVE && ownBusy < AT_PEAK_ABOVE) ||
      isDisturbed({ foreignBusy, stolen, offeredPerSecond: spec.ratePerSecond }),
  };
};
