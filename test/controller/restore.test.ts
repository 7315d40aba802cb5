import test from 'ava';
import { restorationOf } from '../../src/cli/restored-ingress.ts';
import { type RestoreResult, restore } from '../../src/controller/restore.ts';
import { ADMISSION, SimulatedCluster } from '../helpers/controller/simulated-cluster.ts';
import { writtenIngress } from '../helpers/controller/written-objects.ts';

const CONFIGURATION = { collection: 'mutatingwebhookconfigurations', namespace: '', name: 'sluice' };
const LEASE = { collection: 'leases', namespace: 'sluice-system', name: 'sluice-controller' };

const lease = (holderIdentity: string, renewTime: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: LEASE.name },
  spec: { holderIdentity, renewTime, leaseDurationSeconds: 15 },
});

const clusterWithKeys = (): SimulatedCluster => {
  const cluster = new SimulatedCluster();
  cluster.objects.create(CONFIGURATION, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'sluice' },
    webhooks: [],
  });
  for (const name of ['a', 'b', 'c']) cluster.put('ingresses', writtenIngress(name));
  cluster.put('ingresses', writtenIngress('foreign', { className: 'nginx' }));
  return cluster;
};

const run = async (cluster: SimulatedCluster, ms = 30_000) => {
  const said: string[] = [];
  let result: RestoreResult | null = null;
  const running = restore({
    client: cluster.client(),
    namespace: 'sluice-system',
    controllerName: 'sluice-controller',
    configurationName: 'sluice',
    restorationOf: restorationOf(ADMISSION),
    clock: cluster.clock,
    say: line => void said.push(line),
  }).then(end => {
    result = end;
  });
  await cluster.pass(ms, 500);
  if (result !== null) await running;
  return { result: result as RestoreResult | null, said };
};

const hosts = (cluster: SimulatedCluster): readonly string[] =>
  cluster.objects
    .list('ingresses', '')
    .map(json => JSON.stringify(json))
    .map(text => /"host":"([^"]*)"/.exec(text)?.[1] ?? '');

test('every Ingress gets its own hosts back; a second time there is nothing to do', async t => {
  const cluster = clusterWithKeys();
  cluster.isWebhookUp = false;
  t.deepEqual((await run(cluster)).result, { kind: 'restored', count: 3 });
  t.deepEqual(hosts(cluster), ['a.example', 'b.example', 'c.example', 'foreign.example']);
  t.is(cluster.find(CONFIGURATION), null);
  cluster.objects.create(CONFIGURATION, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'MutatingWebhookConfiguration',
    metadata: { name: 'sluice' },
  });
  t.deepEqual((await run(cluster)).result, { kind: 'restored', count: 0 });
});

test('what an API server still sends to the webhook is restored again, until it no longer does', async t => {
  const cluster = clusterWithKeys();
  cluster.clock.after(3_000, () => {
    cluster.isWebhookUp = false;
  });
  t.is((await run(cluster)).result?.kind, 'restored');
  t.deepEqual(hosts(cluster), ['a.example', 'b.example', 'c.example', 'foreign.example']);
});

test('what is keyed again and again is told, not waited for', async t => {
  const cluster = clusterWithKeys();
  t.is((await run(cluster)).result?.kind, 'left');
});

test('nothing is touched while a controller leads, nor before a silent one can lead no more', async t => {
  const cluster = clusterWithKeys();
  cluster.isWebhookUp = false;
  cluster.objects.create(LEASE, lease('controller-a', '2026-01-01T00:00:00.000000Z'));
  const before = hosts(cluster);
  t.is((await run(cluster, 14_000)).result, null);
  t.deepEqual(hosts(cluster), before);
  await cluster.pass(10_000, 500);
  t.deepEqual(hosts(cluster), ['a.example', 'b.example', 'c.example', 'foreign.example']);
});
