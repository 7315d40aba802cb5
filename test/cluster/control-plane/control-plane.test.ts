import test from 'ava';
import { SEED } from '../seed-manifests.ts';
import { versionUnderTest } from '../versions.ts';
import { answered } from './answered.ts';
import { eventually } from './eventually.ts';
import { newNamespace } from './namespaces.ts';
import { planeForTests } from './plane-for-tests.ts';
import { deletePod, newPod, setPodStatus } from './pods.ts';
import { serviceAccountKubeconfig } from './service-accounts.ts';

const plane = planeForTests(test);
const VERSION = versionUnderTest();
const SLICES = VERSION === 'oldest' ? '/apis/discovery.k8s.io/v1beta1' : '/apis/discovery.k8s.io/v1';

type Slices = {
  readonly items: readonly {
    readonly endpoints:
      | readonly {
          readonly addresses: readonly string[];
          readonly conditions: { readonly ready?: boolean };
        }[]
      | null;
  }[];
};

const service = (namespace: string, name: string) => ({
  method: 'POST' as const,
  path: `/api/v1/namespaces/${namespace}/services`,
  body: {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  },
});

/** `address ready`, sorted, of all slices of a Service. */
const endpointsOf = async (namespace: string, name: string): Promise<readonly string[]> => {
  const path = `${SLICES}/namespaces/${namespace}/endpointslices?labelSelector=kubernetes.io/service-name%3D${name}`;
  const { items } = (await answered(plane(), { method: 'GET', path })) as Slices;
  return items
    .flatMap(({ endpoints }) => endpoints ?? [])
    .flatMap(({ addresses, conditions }) => addresses.map(address => `${address} ${conditions.ready}`))
    .sort();
};

const becomes = (namespace: string, name: string, expected: readonly string[]): Promise<unknown> =>
  eventually(`${name} has ${expected.join(', ') || 'no endpoints'}`, async () =>
    JSON.stringify(await endpointsOf(namespace, name)) === JSON.stringify(expected) ? true : null,
  );

test.serial('it is the release that was asked for', async t => {
  const { gitVersion } = (await answered(plane(), { method: 'GET', path: '/version' })) as {
    gitVersion: string;
  };
  t.regex(gitVersion, VERSION === 'oldest' ? /^v1\.20\.2$/ : /^v1\.37\.\d+$/);
  const { stdout } = await plane().kubectl(['version', '--output=json']);
  t.is(
    (JSON.parse(stdout) as { clientVersion: { gitVersion: string } }).clientVersion.gitVersion,
    gitVersion,
  );
});

test.serial('the seed is accepted in every API version that the release serves', async t => {
  const old = await plane().kubectl(['apply', '-f', '-'], { input: SEED.before.v1beta1 });
  if (VERSION === 'oldest') {
    t.is(old.code, 0, old.stderr);
    t.regex(old.stdout, /^ingress\.extensions\/taobao-ing created$/m);
    await plane().kubectl(['delete', 'ingress', 'taobao-ing']);
  } else {
    t.regex(old.stderr, /no matches for kind "Ingress" in version "extensions\/v1beta1"/);
  }
  for (const input of [SEED.before.v1, SEED.after.v1]) {
    const applied = await plane().kubectl(['apply', '-f', '-'], { input });
    t.is(applied.code, 0, applied.stderr);
  }
});

test.serial('pods become endpoints by the real controllers, as their status says', async t => {
  const namespace = await newNamespace(plane(), 'slices');
  const labels = { app: 'cart' };
  await answered(plane(), service(namespace, 'cart'));
  await newPod(plane(), { namespace, name: 'a', labels }, { ip: '198.18.0.1', ready: true });
  await newPod(plane(), { namespace, name: 'b', labels }, { ip: '198.18.0.2', ready: false });
  await newPod(plane(), { namespace, name: 'c', labels: { app: 'x' } }, { ip: '198.18.0.3', ready: true });
  await becomes(namespace, 'cart', ['198.18.0.1 true', '198.18.0.2 false']);
  await setPodStatus(plane(), { namespace, name: 'b' }, { ready: true });
  await deletePod(plane(), { namespace, name: 'a' });
  await becomes(namespace, 'cart', ['198.18.0.2 true']);
  t.pass();
});

test.serial('a ServiceAccount has the rights that it was given, and no others', async t => {
  const namespace = await newNamespace(plane(), 'accounts');
  const kubeconfig = await serviceAccountKubeconfig(plane(), { namespace, name: 'default' });
  const denied = await plane().kubectl(['get', 'pods'], { kubeconfig });
  t.regex(denied.stderr, /User "system:serviceaccount:accounts:default" cannot list resource "pods"/);
  await plane().kubectl([
    'create',
    'rolebinding',
    'see',
    '--clusterrole=view',
    '--serviceaccount=accounts:default',
    '-n',
    namespace,
  ]);
  await eventually('the rights hold', async () =>
    (await plane().kubectl(['get', 'pods'], { kubeconfig })).code === 0 ? true : null,
  );
  t.not((await plane().kubectl(['get', 'pods', '-n', 'default'], { kubeconfig })).code, 0);
});

test.serial('the API server comes back after a crash, with its data and on its port', async t => {
  const namespace = await newNamespace(plane(), 'outage');
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    await plane().stopApiServer(signal);
    await t.throwsAsync(plane().request({ method: 'GET', path: '/readyz' }), { code: 'ECONNREFUSED' });
    await plane().startApiServer();
    t.is((await plane().request({ method: 'GET', path: `/api/v1/namespaces/${namespace}` })).status, 200);
  }
  // The controllers have been gone twice, and work on.
  await answered(plane(), service(namespace, 'late'));
  await newPod(plane(), { namespace, name: 'a', labels: { app: 'late' } }, { ip: '198.18.0.9', ready: true });
  await becomes(namespace, 'late', ['198.18.0.9 true']);
});
