import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../../src/kube/clock.ts';
import { HttpsTransport } from '../../../src/kube/connection/https-transport.ts';
import { discoverApis } from '../../../src/kube/connection/served-apis.ts';
import { CONFIG_MAP, ENDPOINT_SLICE, INGRESS } from '../../../src/kube/kinds.ts';
import { FaultProxy } from '../../helpers/kube/fault-proxy.ts';
import { plainAccess } from '../../helpers/kube/plain-access.ts';
import { startApiServer } from '../../helpers/kube/simulated-api-server.ts';

const world = async (t: ExecutionContext, groupVersions: readonly string[]) => {
  const server = await startApiServer({ groupVersions });
  const upstream = new HttpsTransport(plainAccess(server.url), Date.now);
  const proxy = new FaultProxy(upstream, () => {});
  await proxy.up();
  const transport = new HttpsTransport(plainAccess(proxy.url), Date.now);
  t.teardown(async () => {
    transport.close();
    upstream.close();
    await proxy.down();
    await server.close();
  });
  return { proxy, apis: discoverApis(transport, systemClock) };
};

test('the best version that is served is taken, and the server is asked once', async t => {
  const { proxy, apis } = await world(t, [
    'networking.k8s.io/v1beta1',
    'networking.k8s.io/v1',
    'discovery.k8s.io/v1beta1',
  ]);
  t.deepEqual(await Promise.all([apis.versionOf(INGRESS), apis.versionOf(ENDPOINT_SLICE)]), [
    { ok: true, value: 'networking.k8s.io/v1' },
    { ok: true, value: 'discovery.k8s.io/v1beta1' },
  ]);
  await apis.versionOf(INGRESS);
  t.is(proxy.seen.length, 1);
});

test('the core group needs no question', async t => {
  const { proxy, apis } = await world(t, []);
  t.deepEqual(await apis.versionOf(CONFIG_MAP), { ok: true, value: 'v1' });
  t.is(proxy.seen.length, 0);
});

test('a kind that is not served is a failure that names what was looked for', async t => {
  const { apis } = await world(t, []);
  const version = await apis.versionOf(ENDPOINT_SLICE);
  t.false(version.ok);
  if (version.ok) return;
  t.is(version.failure.kind, 'notFound');
  t.regex(version.failure.message, /none of discovery\.k8s\.io\/v1, discovery\.k8s\.io\/v1beta1/);
});

test('a failure is not remembered, and what is remembered can be forgotten', async t => {
  const { proxy, apis } = await world(t, ['networking.k8s.io/v1']);
  proxy.fault('other', { do: 'answer', status: 503 });
  const first = await apis.versionOf(INGRESS);
  t.is(first.ok ? 'served' : first.failure.kind, 'unavailable');
  t.true((await apis.versionOf(INGRESS)).ok);
  apis.forget();
  t.true((await apis.versionOf(INGRESS)).ok);
  t.is(proxy.seen.length, 3);
});

test('an answer of another shape is a server without groups', async t => {
  const { proxy, apis } = await world(t, []);
  proxy.fault('other', { do: 'answer', status: 200, body: '{"groups":[1,{"versions":[2,{}]}]}' });
  t.false((await apis.versionOf(INGRESS)).ok);
});
