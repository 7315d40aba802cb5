import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { SEED } from '../seed-manifests.ts';
import { answered } from './answered.ts';
import { eventually } from './eventually.ts';
import { planeForTests } from './plane-for-tests.ts';
import { pointWebhooksAt } from './webhook-configurations.ts';

const plane = planeForTests(test);

type Review = { readonly request: { readonly uid: string; readonly object: { readonly metadata: object } } };

/** Adds an annotation with its own path in it. */
const annotate = (path: string, { request }: Review): object => {
  const patch = [{ op: 'add', path: '/metadata/annotations/seen-by', value: path }];
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    },
  };
};

const startWebhook = async (t: ExecutionContext): Promise<string> => {
  const { key, certificate } = plane().authority.issue(['127.0.0.1']);
  const server = createServer({ key, cert: certificate }, (request, response) => {
    let text = '';
    request.on('data', part => {
      text += part;
    });
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(annotate(request.url?.split('?')[0] ?? '', JSON.parse(text) as Review)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const CONFIGURATION = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'annotates' },
  webhooks: [
    {
      name: 'annotates.test.sluice.dev',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      clientConfig: { service: { name: 'webhook', namespace: 'default', path: '/mutate' } },
      rules: [
        {
          apiGroups: ['networking.k8s.io'],
          apiVersions: ['v1'],
          operations: ['CREATE'],
          resources: ['ingresses'],
        },
      ],
    },
  ],
};

test('a webhook behind a Service is called at an address of loopback instead', async t => {
  const url = await startWebhook(t);
  const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
  await answered(plane(), { method: 'POST', path, body: CONFIGURATION });
  await pointWebhooksAt(plane(), { url, caBundle: plane().authority.certificate, names: ['annotates'] });
  // The API server reads webhook configurations through a watch of its own.
  const stdout = await eventually('the webhook is called', async () => {
    const created = await plane().kubectl(['create', '-f', '-', '-o', 'json', '--dry-run=server'], {
      input: SEED.before.v1,
    });
    return created.stdout.includes('seen-by') ? created.stdout : null;
  });
  const { metadata } = JSON.parse(stdout) as { readonly metadata: { readonly annotations: object } };
  t.like(metadata.annotations, { 'seen-by': '/mutate', 'kubernetes.io/ingress.class': 'nginx' });
});
