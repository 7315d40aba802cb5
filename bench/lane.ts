import type { BenchWorld } from './bench-world.ts';
import { PROXY_CORE } from './bench-world.ts';
import type { Child } from './children.ts';
import { freePort } from './free-ports.ts';
import { type Contender, type Entry, hostNames, type Job, type Launch } from './job.ts';
import { verified } from './probe.ts';
import type { Scenario } from './scenarios.ts';

/** One running contender of one scenario. */
export type Lane = {
  readonly name: string;
  /** Where the load goes. */
  readonly port: number;
  /** The second port of a relay, which leads to the pool `body`. */
  readonly bodyPort: number;
  readonly hostCount: number;
  /** Null for the origin without a proxy. */
  readonly child: Child | null;
  readonly changeHost: Launch['changeHost'];
  /** Where health is asked for; undefined where there is no such port. */
  readonly adminPort: number | undefined;
};

const ENTRY_NAMES: Readonly<Record<Entry, string>> = {
  http: 'HTTP/1.1',
  https: 'TLS',
  h2: 'HTTP/2 over TLS',
  h2c: 'HTTP/2 with prior knowledge',
  tcp: 'plain TCP',
};

/** A hundred thousand manifests take a while to be admitted. */
const START_MS = 30_000;
const START_MS_A_HOST = 5;

export type LaneStart =
  | { readonly ok: true; readonly lane: Lane }
  | { readonly ok: false; readonly why: string };

/** Starts a contender and makes sure that it does the whole job. */
export const startLane = async (
  world: BenchWorld,
  contender: Contender,
  options: {
    readonly scenario: Scenario;
    readonly hostCount: number;
    readonly name: string;
    readonly env?: NodeJS.ProcessEnv;
    /** Other origins than those of the whole run. */
    readonly ports?: Job['ports'];
  },
): Promise<LaneStart> => {
  const { scenario, hostCount, name, env, ports = world.ports } = options;
  const { entry } = scenario;
  if (!contender.entries.includes(entry))
    return { ok: false, why: `it is not measured with ${ENTRY_NAMES[entry]}` };
  const job: Job = { hosts: hostNames(hostCount), ports };
  const port = await freePort();
  const bodyPort = await freePort();
  const folder = await world.newFolder(`${scenario.name}-${name.replaceAll(/[^a-z0-9-]/g, '')}`);
  const { serving } = world;
  const launch = await contender.prepare({ folder, port, bodyPort, entry, serving, job, own: scenario.own });
  if (launch.isOrigin === true)
    return {
      ok: true,
      lane: {
        name,
        port: ports[scenario.pool].stable,
        bodyPort: ports.body.stable,
        hostCount,
        child: null,
        changeHost: null,
        adminPort: undefined,
      },
    };
  if (scenario.changesHosts && launch.changeHost === null)
    return { ok: false, why: 'it has no way to change a host without a restart' };
  const child = world.children.start(PROXY_CORE, launch.command, { env: { ...process.env, ...env } });
  const problems = await verified(
    { entry, port, bodyPort, job, serving },
    {
      timeoutMs: START_MS + hostCount * START_MS_A_HOST,
      isAlive: () => child.process.exitCode === null && child.process.signalCode === null,
    },
  );
  if (problems.length === 0)
    return {
      ok: true,
      lane: {
        name,
        port: entry === 'tcp' && scenario.pool === 'body' ? bodyPort : port,
        bodyPort,
        hostCount,
        child,
        changeHost: launch.changeHost,
        adminPort: launch.adminPort,
      },
    };
  await world.children.stop(child);
  return {
    ok: false,
    why: [...new Set(problems), child.output().trim().slice(0, 300)].filter(Boolean).join('; '),
  };
};
