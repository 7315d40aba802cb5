import { untilCalled } from './admission/webhook-for-tests.ts';
import type { ControlPlane } from './control-plane/control-plane.ts';
import { pointWebhooksAt } from './control-plane/webhook-configurations.ts';
import { applyInstallation } from './controller/installed-manifests.ts';
import { installedPods, ROLES, type Role } from './product/installed-pods.ts';
import { isLoopback, type PodProcess, podProcess } from './product/pod-process.ts';
import { checkoutRuntime, type PodRuntime } from './product/pod-runtime.ts';

/** The class of the seed's Ingresses, which are ours as `overlays/nginx-class` has it, beside those of class sluice. */
const CLASSES = ['--ingress-class=sluice', '--ingress-class=nginx'];

/** As `overlays/host-network-tcp` has it: a port is opened once a Service asks for it. */
const TCP_PORTS = '--tcp-port-range=33000-33999';

/** Sluice as it is installed, its pods being processes of this machine. */
export type Product = Readonly<Record<Role, readonly PodProcess[]>> & {
  /** `http://ADDRESS:PORT`, of the router. */
  readonly url: string;
  /** Ends all of it at once. */
  readonly stop: () => Promise<void>;
};

/** Nobody stands in front of the router, and API servers of this machine soon see that a webhook is not ready. */
const START_ARGS: Readonly<Record<Role, readonly string[]>> = {
  webhook: [...CLASSES, TCP_PORTS, '--drain-wait=2s', '--idle-wait=10s'],
  controller: [...CLASSES, TCP_PORTS],
  router: [...CLASSES, TCP_PORTS, '--drain-wait=0s'],
};

/** Makes the API server call this webhook by URL: where pods have no addresses, its Service has no endpoints. */
const callByUrl = async (plane: ControlPlane, webhook: string): Promise<void> =>
  pointWebhooksAt(plane, { url: `https://${webhook}:8443`, names: ['sluice', 'sluice-services'] });

/**
 * Installs Sluice: applies `webhook-config/`, starts every pod that the real controllers make of it as a process of this
 * machine, with the arguments of its manifest, under the token of its ServiceAccount and on an address of its own, and
 * waits until the API server calls the webhook. It does so through the Service as shipped, with a certificate that the
 * controller makes. The processes end with this one.
 */
export const installProduct = async (
  plane: ControlPlane,
  /** Of a backend network; those of loopback do for a Sluice without endpoints, that is without routes. */
  nextAddress: () => string,
  runtime: PodRuntime = checkoutRuntime,
): Promise<Product> => {
  await applyInstallation(plane);
  const called = nextAddress();
  const byUrl = isLoopback(called);
  if (byUrl) await callByUrl(plane, called);
  const pods: Record<Role, PodProcess[]> = { webhook: [], controller: [], router: [] };
  for (const role of ROLES) {
    const named = byUrl && role !== 'router' ? [`--certificate-name=${called}`] : [];
    for (const pod of await installedPods(plane, role)) {
      const address = pods.webhook.length === 0 ? called : nextAddress();
      const world = { plane, role, address, args: [...START_ARGS[role], ...named], runtime };
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
  const [router] = pods.router;
  return { ...pods, url: `http://${router?.address}:${router?.port}`, stop };
};
