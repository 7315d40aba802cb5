import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchWorld, LOAD_CORE } from './bench-world.ts';
import { finished } from './children.ts';
import { portablePath } from './contenders/sluice-command.ts';
import type { Lane } from './lane.ts';
import { type H2loadAsk, h2loadCommand, parseH2load } from './load/h2load.ts';
import type { OpenLoopTask } from './load/open-loop-task.ts';
import { OPENSSL_CONFIG } from './load/tls-settings.ts';
import { type LoadResult, parseWrkOutput, wrkCommand, wrkScript } from './load/wrk.ts';
import type { Scenario } from './scenarios.ts';

const SETTLE_MS = 1_000;

export type LoadSpec = {
  readonly scenario: Scenario;
  readonly seconds: number;
  /** Null: as fast as it goes. */
  readonly ratePerSecond: number | null;
};

/** The longest that a generator may take for so many seconds of load. */
const timeoutMs = (seconds: number): number => seconds * 1000 + 30_000;

const byWrk = async (world: BenchWorld, lane: Lane, { scenario, seconds }: LoadSpec): Promise<LoadResult> => {
  const { name, request, pauseMs, ownHostCounts, connections } = scenario;
  const isTls = scenario.entry === 'https';
  const script = join(world.folder, `${name}-${lane.hostCount}.lua`);
  const different = Math.max(0, ...(ownHostCounts ?? []));
  const tlsPort = isTls ? lane.port : null;
  await writeFile(script, wrkScript(request, { hostCount: lane.hostCount, pauseMs, different, tlsPort }));
  const settings = join(world.folder, 'openssl.cnf');
  await writeFile(settings, OPENSSL_CONFIG);
  const command = wrkCommand({ port: lane.port, connections, seconds, script, isTls });
  const env = { ...process.env, OPENSSL_CONF: settings };
  const printed = await finished(world.children.start(LOAD_CORE, command, { env }), timeoutMs(seconds));
  const result = parseWrkOutput(printed);
  if (result === undefined) throw new Error(`wrk printed no result: ${printed}`);
  return result;
};

const byH2load = async (
  world: BenchWorld,
  lane: Lane,
  { scenario, seconds, ask }: LoadSpec & { readonly ask: H2loadAsk },
): Promise<LoadResult> => {
  const log = join(world.folder, `${scenario.name}-h2load.log`);
  // It would write behind what the last run left there.
  await rm(log, { force: true });
  const command = h2loadCommand({ entry: scenario.entry, port: lane.port, seconds, ask, log });
  const printed = await finished(world.children.start(LOAD_CORE, command), timeoutMs(seconds));
  const result = parseH2load(printed, await readFile(log, 'utf8'));
  if (result === undefined) throw new Error(`h2load printed no result: ${printed}`);
  return result;
};

const byOpenLoop = async (
  world: BenchWorld,
  lane: Lane,
  { scenario, seconds, ratePerSecond }: LoadSpec & { readonly ratePerSecond: number },
): Promise<LoadResult> => {
  const task: OpenLoopTask = {
    kind: scenario.load.kind === 'messages' ? 'web-socket' : 'get',
    port: lane.port,
    connections: scenario.connections,
    ratePerSecond,
    durationMs: seconds * 1000 + SETTLE_MS,
    settleMs: SETTLE_MS,
    hostCount: Math.min(lane.hostCount, 100),
  };
  const command = [process.execPath, portablePath('../load/open-loop.ts'), JSON.stringify(task)];
  return JSON.parse(
    await finished(world.children.start(LOAD_CORE, command), timeoutMs(seconds)),
  ) as LoadResult;
};

/** Streams of one connection, where the entry has any. */
const STREAMS = 8;

/** Puts one contender under the load of a scenario. */
export const putLoad = (world: BenchWorld, lane: Lane, spec: LoadSpec): Promise<LoadResult> => {
  const { ratePerSecond, scenario } = spec;
  const { connections, entry, load } = scenario;
  if (load.kind === 'handshakes')
    return byH2load(world, lane, {
      ...spec,
      ask: { kind: 'new-connections', perSecond: load.ratePerSecond },
    });
  if (ratePerSecond !== null) return byOpenLoop(world, lane, { ...spec, ratePerSecond });
  return entry === 'h2' || entry === 'h2c'
    ? byH2load(world, lane, { ...spec, ask: { kind: 'streams', connections, streams: STREAMS } })
    : byWrk(world, lane, spec);
};
