import type { TestFn } from 'ava';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { pointWebhooksAt } from '../control-plane/webhook-configurations.ts';
import { installManifests, startWebhook, untilReady, type WebhookProcess } from './webhook-process.ts';

/** Resolves once an Ingress that nobody stores comes back with its host keyed: the API server calls the webhook. */
export const untilCalled = (plane: ControlPlane, className = 'sluice'): Promise<boolean> =>
  eventually('the API server calls the webhook', async () => {
    const { status, body } = await plane.request({
      method: 'POST',
      path: '/apis/networking.k8s.io/v1/namespaces/default/ingresses?dryRun=All',
      body: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'called', annotations: { 'kubernetes.io/ingress.class': className } },
        spec: {
          defaultBackend: { service: { name: 'web', port: { number: 80 } } },
          rules: [{ host: 'called.example' }],
        },
      },
    });
    return status === 201 && !JSON.stringify(body).includes('"host":"called.example"') ? true : null;
  });

/** Asked within a test only. */
export type PlaneWithWebhook = {
  readonly plane: () => ControlPlane;
  readonly webhook: () => WebhookProcess;
};

/** A control plane with the shipped manifests and one webhook process, called by URL, for the tests of one file. */
export const webhookForTests = (test: TestFn, args: readonly string[] = []): PlaneWithWebhook => {
  const plane = planeForTests(test);
  let webhook: WebhookProcess | null = null;
  test.serial.before(async t => {
    t.timeout(120_000);
    await installManifests(plane());
    webhook = await startWebhook(plane(), ['--drain-wait', '0s', ...args]);
    await pointWebhooksAt(plane(), {
      url: `https://127.0.0.1:${webhook.port}`,
      caBundle: plane().authority.certificate,
      names: ['sluice', 'sluice-services'],
    });
    await untilReady(webhook);
    await untilCalled(plane(), args.includes('--ingress-class') ? (args.at(-1) ?? '') : 'sluice');
  });
  test.after.always(async () => webhook?.process.end());
  return {
    plane,
    webhook: () => {
      if (webhook === null) throw new Error('the webhook is started by test.before: ask within a test');
      return webhook;
    },
  };
};
