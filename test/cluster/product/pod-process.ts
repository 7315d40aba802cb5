import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import { setPodStatus } from '../control-plane/pods.ts';
import { logTail, type ServerProcess, startServer } from '../control-plane/server-process.ts';
import { type InstalledPod, type Role, SYSTEM } from './installed-pods.ts';
import { portsOf } from './pod-ports.ts';
import type { PodRuntime } from './pod-runtime.ts';

/** Certificates are made, seen and trusted meanwhile; each is looked at every 5 s. */
const READY_MS = 60_000;

/** A pod of the product whose container is a process of this machine; its status says what a kubelet's would. */
export type PodProcess = {
  readonly name: string;
  readonly address: string;
  /** Null of a controller, which serves nobody. */
  readonly port: number | null;
  readonly logFile: string;
  /** Starts it, with further arguments behind those of the manifest; resolves when it is ready. */
  readonly start: (extraArgs?: readonly string[]) => Promise<void>;
  /** Ends it, as unready; resolves with its exit code, null where the signal ended it. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

export type PodWorld = {
  readonly plane: ControlPlane;
  readonly role: Role;
  /** The pod's own. */
  readonly address: string;
  /** Of every start, behind those of the manifest. */
  readonly args: readonly string[];
  readonly runtime: PodRuntime;
};

/** No endpoint may have such an address: its pod has none, as far as the API server knows. */
export const isLoopback = (address: string): boolean => address.startsWith('127.');

export const podProcess = async (pod: InstalledPod, world: PodWorld): Promise<PodProcess> => {
  const { plane, address } = world;
  const { name } = pod.metadata;
  const logFile = join(plane.folder, `${name}.log`);
  const { role, runtime } = world;
  const [container] = pod.spec.containers;
  const { program, args, env, signalled } = await runtime({
    plane,
    role,
    pod: name,
    serviceAccount: pod.spec.serviceAccountName,
  });
  const named = container === undefined ? {} : { container: container.name };
  const { probe, port, args: where } = await portsOf(pod, world);
  const ip = isLoopback(address) ? {} : { ip: address };
  const behind = [...args, ...where, ...world.args];
  let running: ServerProcess | null = null;
  // A kubelet goes on without the API server as well; the status is then what it was.
  const say = (ready: boolean): Promise<void> =>
    setPodStatus(plane, { namespace: SYSTEM, name }, { ...ip, ready, ...named }).catch(() => undefined);
  const start = async (extraArgs: readonly string[] = []): Promise<void> => {
    const command = [...program, ...(container?.args ?? []), ...behind, ...extraArgs] as const;
    const keeper = signalled === undefined ? {} : { signalled };
    const started = startServer(command, { folder: plane.folder, logFile, env, ...keeper });
    running = started;
    const outcome = await eventually(
      `${name} is ready`,
      async () => (started.hasExited() ? 'ended' : (await fetch(probe)).ok ? 'ready' : null),
      READY_MS,
    );
    if (outcome === 'ended')
      throw new Error(`${name} ended with ${started.exitCode()}:\n${logTail(logFile)}`);
    await say(true);
  };
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> => {
    const ended = running?.stop(signal, 60_000);
    // Its own readiness says so as well, from the first moment of a graceful stop.
    await say(false);
    await ended;
    return running?.exitCode() ?? null;
  };
  return { name, address, port, logFile, start, stop };
};
