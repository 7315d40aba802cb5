import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHECKOUT, TestProcess } from '../../helpers/run-sluice.ts';
import { answered } from '../control-plane/answered.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { applyInstallation } from '../controller/installed-manifests.ts';

const NAMESPACE = 'sluice-system';
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;

/** The shipped manifests, and a certificate for a webhook on this machine. */
export const installManifests = async (plane: ControlPlane): Promise<void> => {
  await applyInstallation(plane);
  const { key, certificate } = plane.authority.issue([`sluice-webhook.${NAMESPACE}.svc`, '127.0.0.1']);
  await answered(plane, {
    method: 'POST',
    path: SECRETS,
    body: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'sluice-webhook-tls' },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    },
  });
};

export type WebhookProcess = {
  readonly process: TestProcess;
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly admin: string;
};

/** Starts a role of the product under exactly the rights that are shipped for it. */
export const startRole = async (
  plane: ControlPlane,
  role: 'webhook' | 'controller',
  args: readonly string[],
): Promise<TestProcess> => {
  const account = { namespace: NAMESPACE, name: `sluice-${role}` };
  const kubeconfig = await serviceAccountKubeconfig(plane, account);
  const child = spawn(
    process.execPath,
    [
      ...[join(CHECKOUT, 'src/cli/main.ts'), role, '--kubeconfig', kubeconfig, '--namespace', NAMESPACE],
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await once(child, 'spawn');
  return new TestProcess(child, false);
};

/** Starts `sluice webhook`; resolves when both of its ports are open. */
export const startWebhook = async (
  plane: ControlPlane,
  args: readonly string[] = [],
): Promise<WebhookProcess> => {
  const address = ['--port', '0', '--admin-port', '0', '--address', '127.0.0.1'];
  const started = await startRole(plane, 'webhook', [...address, ...args]);
  const [, port, admin] = await started.untilStdout(/"port":(\d+),"adminPort":(\d+)/);
  return { process: started, port: Number(port), admin: `http://127.0.0.1:${admin}` };
};

export const readiness = async ({ admin }: WebhookProcess): Promise<string> =>
  (await fetch(`${admin}/readyz`)).text();

/** As a kubelet has it: whatever else there is to say. */
export const isReady = (said: string): boolean => /^ok\b/.test(said);

/** Resolves once it serves what the caBundles trust and has read the cluster. */
export const untilReady = (webhook: WebhookProcess): Promise<boolean> =>
  eventually('the webhook is ready', async () => {
    const said = await readiness(webhook);
    if (isReady(said)) return true;
    throw new Error(said);
  });

/** The sum of a metric's samples. */
export const metricOf = async ({ admin }: WebhookProcess, name: string): Promise<number> => {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return text
    .split('\n')
    .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
};

/** How many reviews it has answered. */
export const reviewCount = (webhook: WebhookProcess): Promise<number> =>
  metricOf(webhook, 'sluice_webhook_review_seconds_count');
