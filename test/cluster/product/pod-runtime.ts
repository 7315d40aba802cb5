import { join } from 'node:path';
import { execPath } from 'node:process';
import { CHECKOUT } from '../../helpers/run-sluice.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { type Role, SYSTEM } from './installed-pods.ts';

/** What is known of a pod whose container is to be started. */
export type PodContainer = {
  readonly plane: ControlPlane;
  readonly role: Role;
  readonly pod: string;
  readonly serviceAccount: string;
};

export type PodCommand = {
  /** What the container's arguments are for. */
  readonly program: readonly [string, ...string[]];
  /** Behind the container's own: what the runtime does not give it in another way. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whose process gets a signal, where the program only keeps another one; asked when it runs. */
  readonly signalled?: (pid: number) => number;
};

/** How the container of a pod becomes a process. */
export type PodRuntime = (container: PodContainer) => Promise<PodCommand>;

/** Longer than any of these processes lives: nobody renews their tokens. */
export const TOKEN_SECONDS = 86_400;

export const podEnvironment = (pod: string) => ({ POD_NAME: pod, POD_NAMESPACE: SYSTEM });

/** This checkout, by this Node. */
export const checkoutRuntime: PodRuntime = async ({ plane, role, pod, serviceAccount }) => {
  const account = { namespace: SYSTEM, name: serviceAccount };
  const kubeconfig = await serviceAccountKubeconfig(plane, account, TOKEN_SECONDS);
  const state = role === 'router' ? [`--state-dir=${join(plane.folder, `${pod}-state`)}`] : [];
  return {
    program: [execPath, join(CHECKOUT, 'src/cli/main.ts')],
    args: [`--kubeconfig=${kubeconfig}`, ...state],
    env: {
      ...podEnvironment(pod),
      NODE_COMPILE_CACHE: join(CHECKOUT, 'node_modules/.cache/sluice-tests'),
    },
  };
};
