import test, { type ExecutionContext } from 'ava';
import { systemClock } from '../../../src/kube/clock.ts';
import { connectionTo } from '../../../src/kube/connection/connection.ts';
import { CONFIG_MAP, INGRESS } from '../../../src/kube/kinds.ts';
import { ApiObjectClient } from '../../../src/kube/objects/api-object-client.ts';
import { FaultProxy } from '../../helpers/kube/fault-proxy.ts';
import { OBJECT_CLIENT_CASES, type ObjectClientCase } from '../../helpers/kube/object-client-cases.ts';
import { plainAccess } from '../../helpers/kube/plain-access.ts';
import { startApiServer } from '../../helpers/kube/simulated-api-server.ts';

const world = async (t: ExecutionContext) => {
  const server = await startApiServer();
  const upstream = connectionTo(plainAccess(server.url), systemClock);
  const proxy = new FaultProxy(upstream.transport, () => {});
  await proxy.up();
  const connection = connectionTo(plainAccess(proxy.url), systemClock);
  t.teardown(async () => {
    connection.transport.close();
    upstream.transport.close();
    await proxy.down();
    await server.close();
  });
  return { server, proxy, client: new ApiObjectClient({ connection, clock: systemClock }) };
};

const holds = test.macro<[row: ObjectClientCase]>({
  async exec(t, row) {
    const { client } = await world(t);
    await row.run(t, client, 'shop');
  },
  title: (_, row) => row.title,
});

// The same rows run against real API servers in test/cluster/kube/writes.test.ts.
for (const row of OBJECT_CLIENT_CASES) test(holds, row);

test('a write names its field manager, and a dry run says so', async t => {
  const { client, proxy } = await world(t);
  await client.create(CONFIG_MAP, 'shop', { metadata: { name: 'a' } }, { dryRun: true });
  await client.patch(
    CONFIG_MAP,
    { namespace: 'shop', name: 'a' },
    { type: 'merge', body: {} },
    { fieldManager: 'x' },
  );
  t.deepEqual(
    proxy.seen.map(({ query }) => query.toString()),
    ['fieldManager=sluice&dryRun=All', 'fieldManager=x'],
  );
});

test('an answer that does not parse as its kind is unreadable, with the problems', async t => {
  const { client, server } = await world(t);
  server.objects.create(
    { collection: '/configmaps', namespace: 'shop', name: 'odd' },
    { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 1 } },
  );
  server.objects.create(
    { collection: '/configmaps', namespace: 'shop', name: 'even' },
    { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } },
  );
  const got = await client.get(CONFIG_MAP, { namespace: 'shop', name: 'odd' });
  t.false(got.ok);
  if (got.ok) return;
  t.is(got.failure.kind, 'unreadable');
  t.is(got.failure.problems[0]?.field, 'data[a]');
  const listed = await client.list(CONFIG_MAP);
  t.true(listed.ok);
  if (!listed.ok) return;
  t.deepEqual(
    [
      listed.value.items.map(({ object }) => object.metadata.name),
      listed.value.unreadable.map(({ name }) => name),
    ],
    [['even'], ['odd']],
  );
});

test('a URL that the server does not know is not an object that is gone, and is looked for anew', async t => {
  const { client, proxy } = await world(t);
  const ref = { namespace: 'shop', name: 'web' };
  await client.get(INGRESS, ref);
  proxy.fault('other', { do: 'answer', status: 404, body: '404 page not found' });
  const deleted = await client.delete(INGRESS, ref);
  t.is(deleted.ok ? 'ok' : deleted.failure.kind, 'notFound');
  await client.get(INGRESS, ref);
  t.is(proxy.seen.filter(({ path }) => path === '/apis').length, 2);
});
