import { untilCalled } from './admission/webhook-for-tests.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { applyInstallation } from './controller/installed-manifests.ts';
import { installedPods, ROLES, type Role } from './product/installed-pods.ts';
import { type PodProcess, podProcess } from './product/pod-process.ts';
import { checkoutRuntime, type PodRuntime } from './product/pod-runtime.ts';

/** The class of the seed's Ingresses, which are ours as `overlays/nginx-class` has it, beside those of class sluice. */
const CLASSES = ['--ingress-class=sluice', '--ingress-class=nginx'];

/** Sluice as it is installed, its pods being processes of this machine. */
export type Product = Readonly<Record<Role, readonly PodProcess[]>> & {
  /** `http://ADDRESS:29080`, of the router. */
  readonly url: string;
  /** Ends all of it at once. */
  readonly stop: () => Promise<void>;
};

const START_ARGS: Readonly<Record<Role, readonly string[]>> = {
  webhook: [...CLASSES, '--drain-wait=0s'],
  controller: CLASSES,
  router: [...CLASSES, '--drain-wait=0s'],
};

/**
 * Installs Sluice: applies `webhook-config/`, starts every pod that the real controllers make of it as a process of this
 * machine, with the arguments of its manifest, under the token of its ServiceAccount and on an address of its own, and
 * waits until the API server calls the webhook. It does so through the Service as shipped, over certificates that the
 * controller makes. The processes end with this one.
 */
export const installProduct = async (
  plane: ControlPlane,
  /** Of a backend network: an EndpointSlice holds none of loopback. */
  nextAddress: () => string,
  runtime: PodRuntime = checkoutRuntime,
): Promise<Product> => {
  await applyInstallation(plane);
  const pods: Record<Role, PodProcess[]> = { webhook: [], controller: [], router: [] };
  for (const role of ROLES) {
    for (const pod of await installedPods(plane, role)) {
      const world = { plane, role, address: nextAddress(), args: START_ARGS[role], runtime };
      pods[role].push(await podProcess(pod, world));
    }
  }
  const all = ROLES.flatMap(role => pods[role]);
  const stop = async (): Promise<void> => {
    await Promise.all(all.map(pod => pod.stop()));
  };
  try {
    await Promise.all(all.map(pod => pod.start()));
    await untilCalled(plane);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...pods, url: `http://${pods.router[0]?.address}:29080`, stop };
};
