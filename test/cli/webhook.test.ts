import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { isRecord } from '../../src/core/canonical-json.ts';
import { ingressOf } from '../helpers/admission.ts';
import { reviewOf } from '../helpers/admission-review.ts';
import { ask, askUntil } from '../helpers/ask.ts';
import { type SimulatedApiServer, startApiServer } from '../helpers/kube/simulated-api-server.ts';
import { runSluice, SLUICE_MAIN, startNode } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';
import { CERTIFICATE, call } from '../helpers/webhook-world.ts';

const OWN = 'sluice-system';

/** A cluster in which the namespace `other` serves taobao.com, and the webhook is configured. */
const cluster = async (t: ExecutionContext): Promise<SimulatedApiServer> => {
  const api = await startApiServer({
    groupVersions: ['admissionregistration.k8s.io/v1', 'discovery.k8s.io/v1', 'networking.k8s.io/v1'],
  });
  t.teardown(() => api.close());
  const { objects } = api;
  for (const name of [OWN, 'shop', 'other']) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    objects.create({ collection: '/namespaces', namespace: '', name }, namespace, false);
  }
  objects.create(
    { collection: 'networking.k8s.io/ingresses', namespace: 'other', name: 'web' },
    ingressOf({ namespace: 'other' }),
    false,
  );
  for (const [plural, kind] of [
    ['mutatingwebhookconfigurations', 'MutatingWebhookConfiguration'],
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration'],
  ] as const) {
    const caBundle = Buffer.from(CERTIFICATE.ca).toString('base64');
    objects.create(
      { collection: `admissionregistration.k8s.io/${plural}`, namespace: '', name: 'sluice' },
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind,
        metadata: { name: 'sluice' },
        webhooks: [{ name: 'sluice.dev', clientConfig: { caBundle } }],
      },
      false,
    );
  }
  return api;
};

const kubeconfigFor = (folder: string, server: string): string => {
  const path = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
};

const tlsFolder = (folder: string): string => {
  const path = join(folder, 'tls');
  mkdirSync(path);
  writeFileSync(join(path, 'tls.crt'), CERTIFICATE.serving.certificate);
  writeFileSync(join(path, 'tls.key'), CERTIFICATE.serving.key);
  return path;
};

const logged = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line));

test('sluice webhook follows a cluster, says when it is ready, judges, logs denials and leaves in order', async t => {
  const api = await cluster(t);
  const folder = await tempFolder(t);
  const role = startNode(t, [
    SLUICE_MAIN,
    'webhook',
    ...['--kubeconfig', kubeconfigFor(folder, api.url), '--namespace', OWN, '--tls-dir', tlsFolder(folder)],
    ...['--port', '0', '--admin-port', '0', '--address', '127.0.0.1', '--drain-wait', '1s'],
  ]);
  const [, port = ''] = await role.untilStdout(/"port":(\d+)/);
  const [, adminPort = ''] = await role.untilStdout(/"adminPort":(\d+)/);
  const admin = (path: string) => ask(Number(adminPort), 'localhost', { path });
  await askUntil(
    () => admin('/readyz'),
    ({ status }) => status === 200,
  );
  t.is((await admin('/healthz')).status, 200);
  t.is((await call(Number(port), { method: 'GET', path: '/readyz' })).status, 200);

  const mutated = await call(Number(port), { body: reviewOf() });
  t.true(JSON.parse(mutated.text).response.patch.length > 0);
  const judged = await call(Number(port), { path: '/validate', body: reviewOf() });
  const { allowed, status } = JSON.parse(judged.text).response;
  t.false(allowed);
  t.is(status.code, 403);
  t.regex(status.message, /^HostTaken spec\.rules\[0\]\.host "taobao\.com": .* namespace "other"/);
  const { text } = await call(Number(port), { path: '/validate', body: reviewOf({ namespace: OWN }) });
  t.true(JSON.parse(text).response.allowed, 'our own namespace is nobody’s business');

  const metrics = (await admin('/metrics')).body;
  t.regex(metrics, /^sluice_webhook_denials_total\{code="HostTaken"\} 1$/m);
  t.regex(metrics, /^sluice_webhook_ready 1$/m);
  t.regex(metrics, /^sluice_webhook_certificate_ends_timestamp_seconds \d+$/m);

  role.kill('SIGTERM');
  await askUntil(
    () => admin('/readyz'),
    answer => answer.status === 503,
  );
  t.is((await call(Number(port), { body: reviewOf() })).status, 200);
  const { code, stdout } = await role.finished;
  t.is(code, 0);
  const denials = logged(stdout).filter(({ msg }) => msg === 'denied');
  t.is(denials.length, 1);
  t.like(denials[0], { webhook: 'validate', namespace: 'shop', name: 'web', codes: ['HostTaken'] });
  t.false(JSON.stringify(denials).includes('taobao'));
});

test('without a certificate and with an API server that is away it lives, and says what is missing', async t => {
  const folder = await tempFolder(t);
  const role = startNode(t, [
    SLUICE_MAIN,
    'webhook',
    ...['--kubeconfig', kubeconfigFor(folder, 'http://127.0.0.1:9'), '--namespace', OWN],
    ...['--port', '0', '--admin-port', '0', '--address', '127.0.0.1', '--drain-wait', '0s'],
  ]);
  const [, adminPort = ''] = await role.untilStdout(/"adminPort":(\d+)/);
  const { status, body } = await ask(Number(adminPort), 'localhost', { path: '/readyz' });
  t.is(status, 503);
  t.regex(body, /no certificate is stored yet; not read yet: IngressClasses, Namespaces, Services/);
  t.is((await ask(Number(adminPort), 'localhost', { path: '/healthz' })).status, 200);
  role.kill('SIGTERM');
  t.is((await role.finished).code, 0);
});

test('what keeps it from starting is one sentence', async t => {
  const folder = await tempFolder(t);
  const missing = await runSluice(t, ['webhook', '--kubeconfig', join(folder, 'none')]);
  t.is(missing.code, 1);
  t.regex(missing.stderr, /^sluice webhook: The kubeconfig .*none cannot be used: /);
  const kubeconfig = kubeconfigFor(folder, 'http://127.0.0.1:9');
  const nowhere = await runSluice(t, ['webhook', '--kubeconfig', kubeconfig], {
    env: { POD_NAMESPACE: undefined },
  });
  t.is(nowhere.code, 1);
  t.is(nowhere.stderr, 'sluice webhook: say with --namespace where Sluice is installed.\n');
});

test('a port that is taken is named', async t => {
  const api = await startApiServer();
  t.teardown(() => api.close());
  const taken = new URL(api.url).port;
  const kubeconfig = kubeconfigFor(await tempFolder(t), api.url);
  const args = ['webhook', '--kubeconfig', kubeconfig, '--namespace', OWN, '--address', '127.0.0.1'];
  for (const [flag, other] of [
    ['--port', '--admin-port'],
    ['--admin-port', '--port'],
  ] as const) {
    const { code, stdout } = await runSluice(t, [
      ...args,
      '--admin-address',
      '127.0.0.1',
      flag,
      taken,
      other,
      '0',
    ]);
    t.is(code, 1);
    const fatal = logged(stdout).find(({ level }) => level === 60);
    t.regex(String(isRecord(fatal) ? fatal.msg : ''), new RegExp(`is in use; .* ${flag}\\.$`));
  }
});
