import { join } from 'node:path';
import { execPath } from 'node:process';
import { CHECKOUT } from '../../helpers/run-sluice.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import { setPodStatus } from '../control-plane/pods.ts';
import { logTail, type ServerProcess, startServer } from '../control-plane/server-process.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { type InstalledPod, type Role, SYSTEM } from './installed-pods.ts';

/** Certificates are made, seen and trusted meanwhile; each is looked at every 5 s. */
const READY_MS = 60_000;

/** Longer than any of these processes lives: nobody renews their tokens. */
const TOKEN_SECONDS = 86_400;

/** A pod of the product whose container is a process of this machine; its status says what a kubelet's would. */
export type PodProcess = {
  readonly name: string;
  readonly address: string;
  readonly logFile: string;
  /** Starts it, with further arguments behind those of the manifest; resolves when it is ready. */
  readonly start: (extraArgs?: readonly string[]) => Promise<void>;
  /** Ends it, as unready; resolves with its exit code, null where the signal ended it. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

export type PodWorld = {
  readonly plane: ControlPlane;
  readonly role: Role;
  /** The pod's own, so that the ports are those of the manifest. */
  readonly address: string;
  /** Of every start, behind those of the manifest. */
  readonly args: readonly string[];
};

/** What a pod's own network and file system would give it. */
const localArgs = ({ plane, role, address }: PodWorld, pod: string): readonly string[] => {
  switch (role) {
    case 'webhook':
      return [`--address=${address}`, `--admin-address=${address}`];
    case 'controller':
      return ['--admin-port=off'];
    case 'router':
      return [
        `--address=${address}`,
        `--admin-address=${address}`,
        `--state-dir=${join(plane.folder, `${pod}-state`)}`,
      ];
    default:
      return role satisfies never;
  }
};

/** The URL of its readiness, null where it has none that can be asked. */
const probeOf = (pod: InstalledPod, { role, address }: PodWorld): string | null => {
  const [container] = pod.spec.containers;
  const probe = container?.readinessProbe?.httpGet;
  if (probe === undefined || role === 'controller') return null;
  const port = container?.ports?.find(({ name }) => name === probe.port)?.containerPort;
  return `http://${address}:${port}${probe.path}`;
};

const isReady = async (probe: string | null, logFile: string): Promise<boolean> =>
  probe === null ? logTail(logFile).includes('follows the cluster') : (await fetch(probe)).status === 200;

const environmentOf = (name: string) => ({
  POD_NAME: name,
  POD_NAMESPACE: SYSTEM,
  NODE_COMPILE_CACHE: join(CHECKOUT, 'node_modules/.cache/sluice-tests'),
});

export const podProcess = async (pod: InstalledPod, world: PodWorld): Promise<PodProcess> => {
  const { plane, address: ip } = world;
  const { name } = pod.metadata;
  const logFile = join(plane.folder, `${name}.log`);
  const account = { namespace: SYSTEM, name: pod.spec.serviceAccountName };
  const kubeconfig = await serviceAccountKubeconfig(plane, account, TOKEN_SECONDS);
  const [container] = pod.spec.containers;
  const args = [...(container?.args ?? []), `--kubeconfig=${kubeconfig}`, ...localArgs(world, name)];
  const named = container === undefined ? {} : { container: container.name };
  const probe = probeOf(pod, world);
  let running: ServerProcess | null = null;
  // A kubelet goes on without the API server as well; the status is then what it was.
  const say = (ready: boolean): Promise<void> =>
    setPodStatus(plane, { namespace: SYSTEM, name }, { ip, ready, ...named }).catch(() => undefined);
  const start = async (extraArgs: readonly string[] = []): Promise<void> => {
    const command = [
      execPath,
      join(CHECKOUT, 'src/cli/main.ts'),
      ...args,
      ...world.args,
      ...extraArgs,
    ] as const;
    const started = startServer(command, { folder: plane.folder, logFile, env: environmentOf(name) });
    running = started;
    const outcome = await eventually(
      `${name} is ready`,
      async () => (started.hasExited() ? 'ended' : (await isReady(probe, logFile)) ? 'ready' : null),
      READY_MS,
    );
    if (outcome === 'ended')
      throw new Error(`${name} ended with ${started.exitCode()}:\n${logTail(logFile)}`);
    await say(true);
  };
  const stop = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> => {
    await running?.stop(signal, 60_000);
    await say(false);
    return running?.exitCode() ?? null;
  };
  return { name, address: ip, logFile, start, stop };
};
