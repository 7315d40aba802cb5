import { execFile } from 'node:child_process';
import { mkdtemp, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { secretGrant } from '../../../src/controller/decide/secret-grant.ts';
import { samplesOf } from '../../helpers/metric-samples.ts';
import { type BackendNetwork, canMakeNetworks, newBackendNetwork } from '../backend-network.ts';
import { binaryPaths } from '../cache-folder.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { deletePod, setPodStatus } from '../control-plane/pods.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { type Backend, serviceManifest, startBackend } from './backends.ts';
import { type RouterProcess, startRouter } from './router-process.ts';

const plane = planeForTests(test);
const serial = canMakeNetworks ? test.serial : test.serial.skip;
const SHOP = 'shop';

let network: BackendNetwork;
let kubeconfig = '';
let stateDir = '';
let router: RouterProcess;
let port = 0;
const backends: Backend[] = [];

const apply = async (namespace: string, ...objects: readonly object[]): Promise<void> => {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stderr } = await plane().kubectl(['apply', '-n', namespace, '-f', '-'], { input });
  if (code !== 0) throw new Error(stderr);
};

const backend = async (name: string, labels: Record<string, string>, ready = true): Promise<Backend> => {
  const started = await startBackend(
    plane(),
    { namespace: SHOP, name, labels },
    network.addresses[backends.length] ?? '',
    ready,
  );
  backends.push(started);
  return started;
};

/** What the router answers: a pod's name, or the status. */
const ask = (host: string, headers: Record<string, string> = {}, at = port): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port: at, headers: { host, ...headers }, agent: false },
      answer => {
        let text = '';
        answer.on('data', (bytes: Buffer) => {
          text += bytes.toString();
        });
        answer.on('end', () => resolve(answer.statusCode === 200 ? text : String(answer.statusCode)));
      },
    );
    asked.on('error', reject);
    asked.end();
  });

const GREY = { foo: 'bar' };

/** As the webhook stores it; here it is written by hand, so that the router is tested alone. */
const ingress = (host: string, service = 'cart-svc'): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: host.replaceAll('.', '-'),
    annotations: {
      'nginx.ingress.kubernetes.io/service-config': JSON.stringify({
        hosts: { [host]: [host] },
        drainage: { tickets: { header: GREY }, serviceMap: { 'cart-svc': 'cart-svc-edge' } },
      }),
    },
  },
  spec: {
    ingressClassName: 'sluice',
    rules: [
      {
        host,
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});

serial('it starts under exactly the rights that are shipped', async t => {
  t.timeout(120_000);
  network = await newBackendNetwork(12);
  stateDir = await mkdtemp(join(tmpdir(), 'sluice-state-'));
  const folder = fileURLToPath(new URL('../../../webhook-config/base/router', import.meta.url));
  const { stdout } = await promisify(execFile)(binaryPaths('newest').kubectl, ['kustomize', folder]);
  await newNamespace(plane(), 'sluice-system');
  const made = await plane().kubectl(['apply', '-n', 'sluice-system', '-f', '-'], { input: stdout });
  if (made.code !== 0) throw new Error(made.stderr);
  await newNamespace(plane(), SHOP);
  await apply(SHOP, serviceManifest('cart-svc', { app: 'cart' }), ingress('taobao.com'));
  kubeconfig = await serviceAccountKubeconfig(plane(), { namespace: 'sluice-system', name: 'sluice-router' });
  router = await startRouter(kubeconfig, stateDir);
  port = await router.port();
  t.is(await (await fetch(`${router.admin}/readyz`)).text(), 'ok\n');
});

test.after.always(async () => {
  await (router as RouterProcess | undefined)?.process.end();
  for (const { server } of backends) {
    server.close();
    server.closeAllConnections();
  }
  await (network as BackendNetwork | undefined)?.remove();
});

serial('R7: a host without a ready pod is 503, and served as soon as one is there', async t => {
  t.is(await ask('taobao.com'), '503');
  await backend('cart-1', { app: 'cart' });
  t.is(
    await eventually('cart-1 serves', async () => ((await ask('taobao.com')) === 'cart-1' ? 'cart-1' : null)),
    'cart-1',
  );
  t.is(await ask('nobody.com'), '404');
});

serial('edge pods get the requests that show the ticket, and no other', async t => {
  await apply(
    SHOP,
    serviceManifest('cart-svc-edge', { app: 'cart', track: 'edge' }, { 'sluice.dev/edge-of': 'cart-svc' }),
  );
  t.is(await ask('taobao.com', GREY), 'cart-1', 'an empty edge falls back to stable');
  const edge = await backend('cart-edge-1', { app: 'cart', track: 'edge' });
  await eventually('the edge serves', async () =>
    (await ask('taobao.com', GREY)) === edge.name ? true : null,
  );
  const before = edge.requests;
  for (let at = 0; at < 200; at += 1) t.is(await ask('taobao.com'), 'cart-1');
  t.is(edge.requests, before);
  for (let at = 0; at < 50; at += 1) t.is(await ask('taobao.com', GREY), edge.name);
});

serial(
  'a new edge pod that is ready from its first moment never gets a request without a ticket',
  async t => {
    let isWatching = true;
    const seen = new Set<string>();
    const traffic = (async () => {
      while (isWatching) seen.add(await ask('taobao.com'));
    })();
    for (let at = 2; at <= 5; at += 1) {
      const edge = await backend(`cart-edge-${at}`, { app: 'cart', track: 'edge' });
      await eventually(`${edge.name} serves`, async () =>
        (await ask('taobao.com', GREY)) === edge.name ? true : null,
      );
    }
    isWatching = false;
    await traffic;
    t.deepEqual([...seen], ['cart-1']);
  },
);

serial('R7: an edge without ready pods falls back, and comes back', async t => {
  const edges = backends.filter(({ name }) => name.startsWith('cart-edge'));
  for (const { name, address } of edges)
    await setPodStatus(plane(), { namespace: SHOP, name }, { ip: address, ready: false });
  await eventually('the edge is empty', async () =>
    (await ask('taobao.com', GREY)) === 'cart-1' ? true : null,
  );
  const [first] = edges;
  await setPodStatus(
    plane(),
    { namespace: SHOP, name: first?.name ?? '' },
    { ip: first?.address ?? '', ready: true },
  );
  await eventually('the edge is back', async () =>
    (await ask('taobao.com', GREY)) === first?.name ? true : null,
  );
  t.pass();
});

serial('S4: endpoints that are no pods of the namespace get nothing', async t => {
  const slice = (name: string, address: string, targetRef?: object): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': 'other-svc' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: [address],
        conditions: { ready: true },
        ...(targetRef === undefined ? {} : { targetRef }),
      },
    ],
  });
  const asVersion = (object: object): object =>
    process.env.SLUICE_CLUSTER_VERSION === 'oldest'
      ? { ...object, apiVersion: 'discovery.k8s.io/v1beta1' }
      : object;
  const [cart] = backends;
  await apply(
    SHOP,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'other-svc' },
      spec: { ports: [{ port: 80, targetPort: 8080 }] },
    },
    asVersion(slice('bare', cart?.address ?? '')),
    // The API server's own address; link-local ones are refused by the API.
    asVersion(slice('api', '10.0.0.1')),
    asVersion(
      slice('foreign', cart?.address ?? '', { kind: 'Pod', namespace: 'kube-system', name: 'x', uid: 'u' }),
    ),
    ingress('other.com', 'other-svc'),
  );
  await eventually('the host is known', async () => ((await ask('other.com')) === '404' ? null : true));
  for (let at = 0; at < 20; at += 1) t.is(await ask('other.com'), '503');
  t.is(await ask('taobao.com'), 'cart-1');
});

/** `jack` with the password `password`, by SHA-1. */
const JACK = 'jack:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=';
const basic = (password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`jack:${password}`).toString('base64')}`,
});

serial(
  'users of basic auth: closed until somebody lets the routers read that Secret, and followed from then on',
  async t => {
    t.timeout(120_000);
    const users = (line: string): object => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'users' },
      stringData: { auth: line },
    });
    const closed = ingress('closed.com') as { readonly metadata: { readonly annotations: object } };
    const annotations = {
      ...closed.metadata.annotations,
      'nginx.ingress.kubernetes.io/auth-type': 'basic',
      'nginx.ingress.kubernetes.io/auth-secret': 'users',
    };
    await apply(SHOP, users(JACK), { ...closed, metadata: { ...closed.metadata, annotations } });
    // Either worker takes it over by itself.
    await eventually('the host is closed', async () =>
      (await ask('closed.com', basic('password'))) === '503' ? true : null,
    );
    const rights = ['auth', 'can-i', 'list', 'secrets', '-n', SHOP];
    t.is((await plane().kubectl(rights, { kubeconfig })).stdout.trim(), 'no');
    await apply(
      SHOP,
      ...secretGrant({ namespace: SHOP, name: 'users', use: 'users' }, 'sluice-system').items,
    );
    await eventually(
      'the users are there',
      async () => ((await ask('closed.com', basic('password'))) === 'cart-1' ? true : null),
      60_000,
    );
    t.is(await ask('closed.com'), '401');
    t.is(await ask('closed.com', basic('wrong')), '401');
    // No other Secret of the namespace is open by it.
    t.is((await plane().kubectl(rights, { kubeconfig })).stdout.trim(), 'no');
    await apply(SHOP, users('jane:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g='));
    await eventually('jack is out', async () =>
      (await ask('closed.com', basic('password'))) === '401' ? true : null,
    );
    await plane().kubectl(['delete', 'secret', 'users', '-n', SHOP]);
    await eventually('without users it is closed', async () =>
      (await ask('closed.com', basic('password'))) === '503' ? true : null,
    );
    await apply(SHOP, users(JACK));
    await eventually('they are back', async () =>
      (await ask('closed.com', basic('password'))) === 'cart-1' ? true : null,
    );
  },
);

serial('from kubectl apply to live: at most a second', async t => {
  t.timeout(120_000);
  const times: number[] = [];
  for (let at = 0; at < 30; at += 1) {
    const host = `live-${at}.com`;
    await apply(SHOP, ingress(host));
    const startedMs = performance.now();
    await eventually(`${host} is live`, async () => ((await ask(host)) === 'cart-1' ? true : null));
    times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  const of = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  t.log(`after kubectl apply has returned: median ${of(0.5).toFixed(0)} ms, p99 ${of(0.99).toFixed(0)} ms`);
  t.true(of(0.99) <= 1_000);
});

serial(
  'the API server goes away: what is known is served, by a router that restarts meanwhile too',
  async t => {
    t.timeout(120_000);
    const { mode } = await stat(join(stateDir, 'plan.json'));
    t.is(mode & 0o777, 0o600);
    await plane().stopApiServer('SIGKILL');
    t.is(await ask('taobao.com'), 'cart-1');
    await router.process.end();
    router = await startRouter(kubeconfig, stateDir);
    port = await router.port();
    t.is(await ask('taobao.com'), 'cart-1');
    t.is(await ask('taobao.com', GREY), 'cart-edge-1');
    t.is(await ask('closed.com', basic('password')), 'cart-1');
    t.is(await ask('closed.com'), '401');
    const stale = await fetch(`${router.admin}/readyz`);
    t.is(stale.status, 200);
    t.regex(await stale.text(), /^ok; the API server does not tell of .*; what was known last is served\n$/);
    await plane().startApiServer();
    await apply(SHOP, ingress('back.com'));
    await eventually(
      'changes are followed again',
      async () => ((await ask('back.com')) === 'cart-1' ? true : null),
      60_000,
    );
    await deletePod(plane(), { namespace: SHOP, name: 'cart-edge-1' });
    await eventually('a pod that has gone is left', async () =>
      (await ask('taobao.com', GREY)) === 'cart-1' ? true : null,
    );
    await eventually('it says no more that it may be stale', async () =>
      (await (await fetch(`${router.admin}/readyz`)).text()) === 'ok\n' ? true : null,
    );
    const samples = samplesOf(await (await fetch(`${router.admin}/metrics`)).text());
    t.true((samples.get('sluice_watch_list_failures_total{kind="Ingress",reason="unreachable"}') ?? 0) > 0);
    t.is(samples.get('sluice_watch_synced{kind="EndpointSlice"}'), 1);
  },
);

serial('SIGTERM ends it with 0', async t => {
  router.process.kill('SIGTERM');
  t.is((await router.process.finished).code, 0);
});
