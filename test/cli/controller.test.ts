import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { writtenIngress, writtenService } from '../helpers/controller/written-objects.ts';
import { type SimulatedApiServer, startApiServer } from '../helpers/kube/simulated-api-server.ts';
import { samplesOf } from '../helpers/metric-samples.ts';
import { runSluice, SLUICE_MAIN, startNode } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const put = (
  { objects }: SimulatedApiServer,
  collection: string,
  json: ReturnType<typeof writtenService>,
): void => {
  const { namespace, name } = json.metadata;
  objects.create({ collection, namespace, name }, json);
};

const kubeconfigFor = async (t: ExecutionContext, { url }: SimulatedApiServer): Promise<string> => {
  const path = join(await tempFolder(t), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: url } }],
    users: [{ name: 'u', user: { token: 'any' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'sluice-system' } }],
    'current-context': 'x',
  };
  await writeFile(path, JSON.stringify(config));
  return path;
};

const stored = (
  { objects }: SimulatedApiServer,
  event: { readonly collection: string; readonly name: string },
) =>
  new Promise<unknown>(resolve => {
    const stop = objects.onEvent(({ type, collection, object }) => {
      if (type !== 'ADDED' || collection !== event.collection || object.metadata.name !== event.name) return;
      stop();
      resolve(object);
    });
  });

test('sluice controller leads, makes edge Services, and gives the Lease back when it is told to stop', async t => {
  const server = await startApiServer();
  t.teardown(() => server.close());
  put(server, '/services', writtenService('cart'));
  put(server, 'networking.k8s.io/ingresses', {
    ...writtenIngress('web', {
      annotations: {
        'nginx.ingress.kubernetes.io/service-config': '{"drainage":{"serviceMap":{"cart":"cart-edge"}}}',
      },
    }),
  } as never);
  const made = stored(server, { collection: '/services', name: 'cart-edge' });
  const claimed = stored(server, { collection: '/configmaps', name: 'sluice-claims-10' });
  const running = startNode(t, [
    SLUICE_MAIN,
    'controller',
    `--kubeconfig=${await kubeconfigFor(t, server)}`,
    '--admin-port=0',
    '--certificates=cert-manager',
  ]);
  t.like(await made, { metadata: { labels: { 'sluice.dev/edge-of': 'cart' } }, spec: { clusterIP: 'None' } });
  await claimed;
  const [, port] = await running.untilStdout(/"port":(\d+),"msg":"health and metrics"/);
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  t.deepEqual([ready.status, await ready.text()], [200, 'ok; leading\n']);
  const samples = samplesOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  t.is(samples.get('sluice_controller_writes_total{write="createEdge",outcome="done"}'), 1);
  t.is(samples.get('sluice_controller_leading'), 1);
  t.is(samples.get('sluice_watch_synced{kind="Ingress"}'), 1);
  running.kill('SIGTERM');
  const { code, stdout } = await running.finished;
  t.is(code, 0, stdout);
  const lease = server.objects.get({
    collection: 'coordination.k8s.io/leases',
    namespace: 'sluice-system',
    name: 'sluice-controller',
  });
  t.is((lease.spec as { readonly holderIdentity?: string }).holderIdentity ?? '', '');
});

test('without an API server to ask, one line says what to do', async t => {
  const env = { KUBECONFIG: '/nowhere/kubeconfig', HOME: '/nowhere' };
  const { code, stderr } = await runSluice(t, ['controller'], { env });
  t.is(code, 1);
  t.regex(stderr, /^sluice controller: The kubeconfig \/nowhere\/kubeconfig cannot be used/);
});

test('lifetimes that do not go together are wrong use, before anybody is asked', async t => {
  const { code, stderr } = await runSluice(
    t,
    ['controller', '--ca-overlap=20m', '--certificate-lifetime=1h'],
    {
      env: { KUBECONFIG: '/nowhere/kubeconfig' },
    },
  );
  t.is(code, 2);
  t.regex(
    stderr,
    /^sluice controller: --ca-overlap is 20m, but with --certificate-lifetime 1h it may be 10m/,
  );
});
