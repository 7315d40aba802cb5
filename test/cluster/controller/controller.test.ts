import test from 'ava';
import { claimShard } from '../../../src/core/claim-records.ts';
import { hostKey } from '../../../src/core/host-key.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import {
  ControllerWorld,
  hostOf,
  ingress,
  type Json,
  pathOf,
  type Stored,
  SYSTEM,
  service,
} from './controller-world.ts';
import { applyUninstall } from './installed-manifests.ts';

const plane = planeForTests(test);
const world = new ControllerWorld(plane);

test.serial(
  'the shipped manifests are applied, and two controllers run under the shipped rights',
  async t => {
    t.timeout(120_000);
    await world.install();
    for (const name of ['controller-a', 'controller-b'])
      await world.startController(name, ['--admin-port=off', '--tcp-ports=33306']);
    t.pass();
  },
);

test.after.always(() => world.stop());

test.serial(
  'an edge Service is made, repaired after tampering, and removed; one that is not ours is left alone',
  async t => {
    const namespace = await newNamespace(plane(), 'edges');
    await world.create('services', namespace, service('cart'));
    await world.create('services', namespace, service('www'));
    await world.create('services', namespace, service('www-edge', { app: 'www', by: 'hand' }));
    const unmanaged = await world.find('services', namespace, 'www-edge');
    await world.create('ingresses', namespace, ingress('cart', 'cart.edges.example'));
    await world.create('ingresses', namespace, ingress('www', 'www.edges.example', 'www'));
    const made = await eventually('cart-edge is made', () => world.find('services', namespace, 'cart-edge'));
    t.like(made.spec, { clusterIP: 'None', selector: { app: 'cart', track: 'edge' } });
    t.deepEqual(made.metadata.labels, { 'sluice.dev/edge-of': 'cart' });
    t.deepEqual(
      made.metadata.ownerReferences?.map(({ name }) => name),
      ['cart'],
    );
    await answered(plane(), {
      method: 'PATCH',
      path: pathOf('services', namespace, 'cart-edge'),
      contentType: 'application/merge-patch+json',
      body: { metadata: { ownerReferences: null }, spec: { selector: { track: null, other: 'x' } } },
    });
    await eventually('cart-edge is as it was', async () => {
      const now = await world.find('services', namespace, 'cart-edge');
      const isRight =
        JSON.stringify(now?.spec.selector) === JSON.stringify(made.spec.selector) &&
        now?.metadata.ownerReferences?.length === 1;
      return isRight ? now : null;
    });
    await world.eventAbout(namespace, 'EdgeServiceUnmanaged www-edge');
    await world.eventAbout(namespace, 'EdgeServiceCreated cart');
    for (const name of ['cart', 'www'])
      await answered(plane(), { method: 'DELETE', path: pathOf('ingresses', namespace, name) });
    await eventually('cart-edge is gone', async () =>
      (await world.find('services', namespace, 'cart-edge')) === null ? true : null,
    );
    await world.eventAbout(namespace, 'EdgeServiceRemoved cart');
    t.is(
      (await world.find('services', namespace, 'www-edge'))?.metadata.resourceVersion,
      unmanaged?.metadata.resourceVersion,
    );
  },
);

test.serial('a host belongs to the namespace that was first; the other one is told', async t => {
  const first = await newNamespace(plane(), 'claims-a');
  const second = await newNamespace(plane(), 'claims-b');
  await world.create('ingresses', first, ingress('web', 'claimed.example'));
  await eventually('the claim is recorded', async () => {
    const path = `/api/v1/namespaces/${SYSTEM}/configmaps/${claimShard('claimed.example')}`;
    const { status, body } = await plane().request({ method: 'GET', path });
    if (status !== 200) return null;
    const { data } = body as { readonly data: Readonly<Record<string, string>> };
    return data['claims.json']?.includes('"claimed.example":{"namespace":"claims-a"') ? true : null;
  });
  await world.create('ingresses', second, ingress('web', 'claimed.example'));
  await world.eventAbout(second, 'HostTaken web');
  t.pass();
});

const onPort = (name: string): Json => ({
  ...service(name),
  metadata: { name, annotations: { 'sluice.dev/class': 'sluice', 'sluice.dev/tcp': '33306:80' } },
});

test.serial(
  'a Service on a TCP port has an edge and its port; another one is told; without the annotation both go',
  async t => {
    const first = await newNamespace(plane(), 'tcp-a');
    const second = await newNamespace(plane(), 'tcp-b');
    const recorded = async (text: string): Promise<true | null> => {
      const path = `/api/v1/namespaces/${SYSTEM}/configmaps/${claimShard(':33306')}`;
      const { status, body } = await plane().request({ method: 'GET', path });
      if (status !== 200) return null;
      const { data } = body as { readonly data: Readonly<Record<string, string>> };
      return data['claims.json']?.includes(text) ? true : null;
    };
    await world.create('services', first, onPort('db'));
    const made = await eventually('db-edge is made', () => world.find('services', first, 'db-edge'));
    t.like(made.spec, { clusterIP: 'None', selector: { app: 'db', track: 'edge' } });
    await eventually('the port is recorded', () => recorded('":33306":{"namespace":"tcp-a"'));
    await world.create('services', second, onPort('db'));
    await world.eventAbout(second, 'PortTaken db');
    await world.merge(pathOf('services', first, 'db'), {
      metadata: { annotations: { 'sluice.dev/tcp': null } },
    });
    await eventually('its edge is gone', async () =>
      (await world.find('services', first, 'db-edge')) === null ? true : null,
    );
    t.true(await eventually('the port is named no more', () => recorded('":33306":{"gone":')));
  },
);

test.serial(
  'W3 webhook down: 100 Ingresses admitted raw; back: 100 of 100 repaired, by no other manager',
  async t => {
    const namespace = await newNamespace(plane(), 'raw');
    await world.reviews?.stop();
    const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
    for (const name of names)
      await world.create('ingresses', namespace, ingress(name, `${name}.raw.example`));
    const managersOf = (stored: Stored | null): readonly string[] =>
      (stored?.metadata.managedFields ?? [])
        .map(({ manager, operation }) => `${manager} ${operation}`)
        .sort();
    const before = new Map<string, readonly string[]>();
    for (const name of names) {
      const stored = await world.find('ingresses', namespace, name);
      t.is(hostOf(stored), `${name}.raw.example`);
      before.set(name, managersOf(stored));
    }
    await world.reviews?.start();
    const startMs = performance.now();
    await eventually(
      'all are repaired',
      async () => {
        for (const name of names) {
          const host = hostOf(await world.find('ingresses', namespace, name));
          if (host !== hostKey(`${name}.raw.example`)) return null;
        }
        return true;
      },
      60_000,
    );
    t.log(
      `100 of 100 repaired ${((performance.now() - startMs) / 1000).toFixed(1)} s after the webhook was back`,
    );
    await world.eventAbout(namespace, 'IngressRepaired web-7');
    for (const name of names)
      t.deepEqual(managersOf(await world.find('ingresses', namespace, name)), before.get(name), name);
  },
);

test.serial('R9 the leader is killed: the other one leads, and what was made stays as it is', async t => {
  const namespace = await newNamespace(plane(), 'leaders');
  await world.create('services', namespace, service('cart'));
  await world.create('ingresses', namespace, ingress('cart', 'cart.leaders.example'));
  const made = await eventually('cart-edge is made', () => world.find('services', namespace, 'cart-edge'));
  const leaderOf = async (): Promise<string> => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/sluice-controller`;
    const { spec } = (await answered(plane(), { method: 'GET', path })) as {
      readonly spec: { readonly holderIdentity: string };
    };
    return spec.holderIdentity;
  };
  const first = await leaderOf();
  // One of the two leads; where it was the standby that ended, nothing changes, and the other one ends next.
  for (const one of world.controllers.slice(0, 2)) {
    await one.stop('SIGKILL');
    await world.startController('controller-next', ['--admin-port=off']);
    await eventually(
      'somebody else leads',
      async () => ((await leaderOf()) === first ? null : true),
      30_000,
    ).catch(() => undefined);
    if ((await leaderOf()) !== first) break;
  }
  t.not(await leaderOf(), first);
  await world.create('services', namespace, service('www'));
  await world.create('ingresses', namespace, ingress('www', 'www.leaders.example', 'www'));
  await eventually('the new leader acts', () => world.find('services', namespace, 'www-edge'), 40_000);
  const now = await world.find('services', namespace, 'cart-edge');
  t.is(now?.metadata.resourceVersion, made.metadata.resourceVersion);
});

test.serial('another class: the Ingress gets its own host back', async t => {
  const namespace = await newNamespace(plane(), 'leaving');
  await world.create('ingresses', namespace, ingress('web', 'web.leaving.example'));
  t.is(hostOf(await world.find('ingresses', namespace, 'web')), hostKey('web.leaving.example'));
  await world.reviews?.stop();
  await answered(plane(), {
    method: 'PATCH',
    path: pathOf('ingresses', namespace, 'web'),
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { 'kubernetes.io/ingress.class': 'other' } } },
  });
  await world.reviews?.start();
  const restored = await eventually(
    'its host is back',
    async () => {
      const now = await world.find('ingresses', namespace, 'web');
      return hostOf(now) === 'web.leaving.example' ? now : null;
    },
    60_000,
  );
  t.false(JSON.stringify(restored).includes('"sluice.dev/applied"'));
  await world.eventAbout(namespace, 'IngressRestored web');
});

test.serial(
  'W7 restore gives every Ingress its own hosts back, under the rights of the Job, twice alike',
  async t => {
    t.timeout(120_000);
    await applyUninstall(plane());
    await Promise.all(world.controllers.map(one => one.stop()));
    const before = await world.find('ingresses', 'raw', 'web-7');
    t.is(hostOf(before), hostKey('web-7.raw.example'));
    // No webhook answers: it is in nobody's way.
    await world.reviews?.stop();
    for (const round of ['restore-once', 'restore-again']) await world.restore(round);
    const { items } = (await answered(plane(), {
      method: 'GET',
      path: '/apis/networking.k8s.io/v1/ingresses',
    })) as {
      readonly items: readonly Stored[];
    };
    t.true(items.length > 100);
    for (const stored of items) {
      t.regex(hostOf(stored), /^[a-z0-9-]+\.[a-z]+(?:\.example)?$/);
      t.false(JSON.stringify(stored).includes('"sluice.dev/applied"'));
    }
    const configuration = await plane().request({
      method: 'GET',
      path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/sluice',
    });
    t.is(configuration.status, 404);
  },
);
