import test from 'ava';
import { claimShard, recordedClaims } from '../../src/core/claim-records.ts';
import { parseConfigMap } from '../../src/core/objects/parse-config-map.ts';
import { SimulatedCluster } from '../helpers/controller/simulated-cluster.ts';
import { writtenIngress, writtenService } from '../helpers/controller/written-objects.ts';

const names = (cluster: SimulatedCluster, plural: string): readonly string[] =>
  cluster.objects.list(plural, '').map(({ metadata }) => `${String(metadata.namespace)}/${metadata.name}`);

const claimsOf = (cluster: SimulatedCluster): Record<string, string> =>
  Object.fromEntries(
    recordedClaims(
      cluster.objects.list('configmaps', 'sluice-system').flatMap(json => {
        const parsed = parseConfigMap(json);
        return parsed.ok ? [parsed.value] : [];
      }),
    ),
  );

const hostOf = (cluster: SimulatedCluster, namespace: string, name: string): string => {
  const { spec } = cluster.objects.get({ collection: 'ingresses', namespace, name }) as unknown as {
    readonly spec: { readonly rules: readonly { readonly host: string }[] };
  };
  return spec.rules[0]?.host ?? '';
};

test('an edge Service is made, put right after tampering, and removed with the last rule that names it', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.put('services', writtenService('cart'));
  cluster.put('ingresses', writtenIngress('web'));
  await cluster.pass(1_000);
  t.deepEqual(names(cluster, 'services'), ['shop/cart', 'shop/cart-edge']);
  const ref = { collection: 'services', namespace: 'shop', name: 'cart-edge' };
  const made = cluster.objects.get(ref);
  cluster.objects.patch(ref, { spec: { selector: { app: 'cart', track: null, more: 'x' }, ports: [] } });
  await cluster.pass(2_000);
  t.deepEqual(cluster.objects.get(ref).spec, made.spec);
  cluster.remove('ingresses', 'shop', 'web');
  await cluster.pass(2_000);
  t.deepEqual(names(cluster, 'services'), ['shop/cart']);
  t.deepEqual(
    cluster.events.map(
      ({ reason, object }) => `${reason} ${object.kind} ${object.name} ${object.uid !== null}`,
    ),
    [
      'EdgeServiceCreated Service cart true',
      'EdgeServiceUpdated Service cart true',
      'EdgeServiceRemoved Service cart true',
    ],
  );
});

test('S4 a Service under the name of an edge that is not ours is neither changed nor removed, and people are told', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.put('services', writtenService('cart'));
  cluster.put('services', writtenService('cart-edge', { spec: { selector: { app: 'cart', by: 'hand' } } }));
  const before = cluster.writes.length;
  cluster.put('ingresses', writtenIngress('web'));
  await cluster.pass(2_000);
  cluster.remove('ingresses', 'shop', 'web');
  await cluster.pass(5_000);
  t.false(
    cluster.writes.slice(before).some(write => write.includes('services')),
    cluster.writes.join('\n'),
  );
  t.true(cluster.events.some(({ reason }) => reason === 'EdgeServiceUnmanaged'));
});

test('W3 what was stored while the webhook was away is repaired when it is back, within 20 seconds, all of it', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.isWebhookUp = false;
  for (let index = 0; index < 100; index += 1) cluster.put('ingresses', writtenIngress(`web-${index}`));
  await cluster.pass(60_000, 250);
  t.is(hostOf(cluster, 'shop', 'web-7'), 'web-7.example');
  cluster.isWebhookUp = true;
  await cluster.pass(20_000, 250);
  const raw = names(cluster, 'ingresses').filter(name =>
    hostOf(cluster, 'shop', name.slice(5)).includes('.'),
  );
  t.deepEqual(raw, []);
  t.is(cluster.events.filter(({ reason }) => reason === 'IngressRepaired').length, 100);
});

test('W6 a review is no reason to act: what is not stored makes no edge Service', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.put('services', writtenService('cart'));
  cluster.objects.create(
    { collection: 'ingresses', namespace: 'shop', name: 'web' },
    writtenIngress('web'),
    true,
  );
  await cluster.pass(2_000);
  t.deepEqual(names(cluster, 'services'), ['shop/cart']);
});

test('an Ingress whose class is not ours any more gets its own hosts back', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.put('ingresses', writtenIngress('web'));
  t.not(hostOf(cluster, 'shop', 'web'), 'web.example');
  const ref = { collection: 'ingresses', namespace: 'shop', name: 'web' };
  // Past the webhook: with it, the write itself would have done it.
  cluster.objects.patch(ref, { metadata: { annotations: { 'kubernetes.io/ingress.class': 'nginx' } } });
  await cluster.pass(2_000);
  t.is(hostOf(cluster, 'shop', 'web'), 'web.example');
  t.deepEqual(
    cluster.events.map(({ reason }) => reason),
    ['IngressRestored'],
  );
});

test('repairs that are undone again and again get rarer, and people are told once', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.put('ingresses', writtenIngress('web'));
  const ref = { collection: 'ingresses', namespace: 'shop', name: 'web' };
  let undone = 0;
  for (let second = 0; second < 600; second += 1) {
    if (hostOf(cluster, 'shop', 'web') !== 'web.example') {
      undone += 1;
      cluster.objects.replace(ref, writtenIngress('web'));
    }
    await cluster.pass(1_000, 500);
  }
  t.true(undone >= 4 && undone <= 8, String(undone));
  t.is(cluster.events.filter(({ reason }) => reason === 'RepairContested').length, 1);
});

test('a claim begins when a host is first stored, and outlives its last Ingress by ten minutes', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller();
  cluster.put('ingresses', writtenIngress('web', { namespace: 'a', host: 'shop.example' }));
  await cluster.pass(1_000);
  t.deepEqual(claimsOf(cluster), { 'shop.example': 'a' });
  t.deepEqual(names(cluster, 'configmaps'), [`sluice-system/${claimShard('shop.example')}`]);
  // Dated back: its age counts for nothing while the claim stands.
  const older = { namespace: 'b', host: 'shop.example', created: '2020-01-01T00:00:00Z' };
  cluster.put('ingresses', writtenIngress('web', older));
  await cluster.pass(3_000);
  t.deepEqual(claimsOf(cluster), { 'shop.example': 'a' });
  t.true(cluster.events.some(({ reason, object }) => reason === 'HostTaken' && object.namespace === 'b'));
  cluster.remove('ingresses', 'a', 'web');
  await cluster.pass(590_000, 5_000);
  t.deepEqual(claimsOf(cluster), { 'shop.example': 'a' });
  await cluster.pass(20_000, 5_000);
  t.deepEqual(claimsOf(cluster), { 'shop.example': 'b' });
});

test('a Secret that the routers may not read is told of until they may, and none is read for it', async t => {
  const cluster = new SimulatedCluster();
  const { controller } = cluster.controller();
  cluster.put('services', writtenService('cart'));
  cluster.put(
    'ingresses',
    writtenIngress('web', {
      annotations: {
        'nginx.ingress.kubernetes.io/auth-type': 'basic',
        'nginx.ingress.kubernetes.io/auth-secret': 'users',
      },
    }),
  );
  await cluster.pass(10_000, 100);
  const told = cluster.events.filter(({ type }) => type === 'Warning').map(({ reason }) => reason);
  t.deepEqual(told, ['SecretNotGranted']);
  const noticed = (): number | undefined => controller.status.lastLook?.notices.SecretNotGranted;
  t.is(noticed(), 1);
  cluster.granted.add('shop/users');
  await cluster.pass(40_000, 100);
  t.is(noticed(), undefined);
});

test('status.loadBalancer follows the addresses of a Service', async t => {
  const cluster = new SimulatedCluster();
  cluster.controller(undefined, { status: { kind: 'service', namespace: 'sluice-system', name: 'lb' } });
  const lb = writtenService('lb', { namespace: 'sluice-system' });
  cluster.put('services', { ...lb, status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } } });
  cluster.put('ingresses', writtenIngress('web'));
  cluster.put('ingresses', writtenIngress('other', { className: 'nginx' }));
  await cluster.pass(2_000);
  const statusOf = (name: string) =>
    cluster.objects.get({ collection: 'ingresses', namespace: 'shop', name }).status;
  t.deepEqual(statusOf('web'), { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } });
  t.is(statusOf('other'), undefined);
});

test('a standby follows and writes nothing; once it leads it acts', async t => {
  const cluster = new SimulatedCluster();
  const { controller, state } = cluster.controller();
  state.isLeader = false;
  cluster.put('services', writtenService('cart'));
  cluster.put('ingresses', writtenIngress('web'));
  await cluster.pass(5_000);
  t.deepEqual(names(cluster, 'services'), ['shop/cart']);
  t.like(controller.status, { looks: 0, lastLook: null });
  state.isLeader = true;
  controller.lead();
  await cluster.pass(1_000);
  t.deepEqual(names(cluster, 'services'), ['shop/cart', 'shop/cart-edge']);
});
