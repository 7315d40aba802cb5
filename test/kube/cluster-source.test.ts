import test from 'ava';
import { claimShard, printClaimRecords } from '../../src/core/claim-records.ts';
import { HOLD_BACK_MS } from '../../src/core/held-back-endpoints.ts';
import type { EndpointSlice } from '../../src/core/objects/endpoint-slice.ts';
import type { Ingress } from '../../src/core/objects/ingress.ts';
import { parseIngress } from '../../src/core/objects/parse-ingress.ts';
import type { Secret } from '../../src/core/objects/secret.ts';
import { DEFAULT_ANNOTATION } from '../../src/core/service-config.ts';
import { ClusterSource, ROUTER_KINDS, type RouterKinds } from '../../src/kube/cluster-source.ts';
import type { Named, ObjectRef } from '../../src/kube/kind.ts';
import type { FollowedSecrets, SecretListener } from '../../src/kube/named-secrets.ts';
import { createStores } from '../../src/kube/store/create-stores.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';
import { metadata, namespace, podRef, service, slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';
import { storedIngress } from '../helpers/stored-world.ts';

const incoming = <T extends Named>(object: T, version = '1') => ({
  namespace: object.metadata.namespace,
  name: object.metadata.name,
  uid: `uid-${object.metadata.name}`,
  resourceVersion: version,
  generation: null,
  parsed: { ok: true as const, value: object },
});

const claimsOf = (host: string, holder: string) => ({
  kind: 'ConfigMap' as const,
  metadata: metadata(claimShard(host), { namespace: 'sluice-system' }),
  data: {
    'claims.json': printClaimRecords(new Map([[host, { namespace: holder, sinceMs: 0, goneMs: null }]])),
  },
});

const READING = {
  controllerName: 'sluice.dev/router',
  classes: [{ name: 'sluice', entry: '' }],
  everyClass: false,
  annotation: DEFAULT_ANNOTATION,
};

/** Secrets that are there as soon as somebody says so. */
class SecretsInMemory implements FollowedSecrets {
  wanted: readonly string[] = [];
  settled = true;
  readonly #secrets = new Map<string, Secret>();
  #listener: SecretListener | null = null;

  follow(wanted: Iterable<ObjectRef>): void {
    this.wanted = [...wanted].map(({ namespace, name }) => `${namespace}/${name}`);
  }

  values(): Iterable<Secret> {
    return this.#secrets.values();
  }

  listen(listener: SecretListener): void {
    this.#listener = listener;
  }

  put(secret: Secret): void {
    this.#secrets.set(secret.metadata.name, secret);
    this.#listener?.secretChanged(secret.metadata, secret);
  }

  settle(): void {
    this.settled = true;
    this.#listener?.secretsSettled();
  }
}

const world = (defaultSecret: ObjectRef | null = null) => {
  const clock = new ManualClock();
  const { set, collections } = createStores<RouterKinds>(ROUTER_KINDS, { clock });
  let changes = 0;
  const secrets = new SecretsInMemory();
  const source = new ClusterSource(set, {
    clock,
    reading: READING,
    secrets,
    defaultSecret,
    onChange: () => {
      changes += 1;
    },
  });
  const sync = (): void => {
    for (const collection of Object.values(collections)) if (!collection.synced) collection.replaceAll([]);
    clock.advance(100);
  };
  return { clock, collections, source, secrets, sync, changes: () => changes };
};

const endpoint = (name: string) => sliceEndpoint('10.0.0.1', { targetRef: podRef(name, `uid-${name}`) });
const readyIn = (slices: readonly EndpointSlice[]): readonly boolean[] =>
  slices.flatMap(({ endpoints }) => endpoints.map(({ ready }) => ready));

test('the Secrets of spec.tls are asked for, and that of the default certificate whatever Ingresses say', t => {
  const { collections, secrets, sync } = world({ namespace: 'sluice-system', name: 'default' });
  sync();
  t.deepEqual(secrets.wanted, ['sluice-system/default']);
  const web = storedIngress('web', {
    className: 'sluice',
    tls: [
      { hosts: ['taobao.com'], secretName: 'taobao' },
      { hosts: ['tmall.com'], secretName: null },
    ],
  });
  collections.ingresses.put(incoming(web));
  collections.ingresses.put(incoming(storedIngress('other', { ...web, className: 'nginx' })));
  sync();
  t.deepEqual(secrets.wanted, ['shop/taobao', 'sluice-system/default']);
  collections.ingresses.remove(web.metadata);
  sync();
  t.deepEqual(secrets.wanted, ['sluice-system/default']);
});

test('nothing is told before all kinds are there, then everything at once', t => {
  const { collections, source, sync, clock, changes } = world();
  collections.services.replaceAll([incoming(service('cart'))]);
  clock.advance(1_000);
  t.is(changes(), 0);
  collections.namespaces.replaceAll([incoming(namespace('shop'))]);
  sync();
  t.is(changes(), 1);
  const { set, removed } = source.takeChanges();
  t.deepEqual(set.map(({ kind, metadata: { name } }) => `${kind} ${name}`).sort(), [
    'Namespace shop',
    'Service cart',
  ]);
  t.deepEqual(removed, []);
  t.deepEqual(source.takeChanges().set, []);
});

test('an object that goes is removed, whatever its kind', t => {
  const { collections, source, sync, clock } = world();
  collections.services.replaceAll([incoming(service('cart'))]);
  collections.endpointSlices.replaceAll([incoming(slice('cart', [endpoint('a')]))]);
  sync();
  source.takeChanges();
  collections.services.remove({ namespace: 'shop', name: 'cart' });
  collections.endpointSlices.remove({ namespace: 'shop', name: 'cart-slice' });
  clock.advance(100);
  t.deepEqual(
    source
      .takeChanges()
      .removed.map(({ kind }) => kind)
      .sort(),
    ['EndpointSlice', 'Service'],
  );
  t.deepEqual(source.snapshot.endpointSlices, []);
});

test('a new endpoint of a stable Service waits, one of an edge Service does not', t => {
  const { collections, source, sync, clock, changes } = world();
  collections.services.replaceAll([
    incoming(service('cart')),
    incoming(service('cart-edge', { metadata: { labels: { 'sluice.dev/edge-of': 'cart' } } })),
  ]);
  collections.endpointSlices.replaceAll([incoming(slice('cart', [])), incoming(slice('cart-edge', []))]);
  sync();
  source.takeChanges();
  collections.endpointSlices.put(incoming(slice('cart', [endpoint('a')]), '2'));
  collections.endpointSlices.put(incoming(slice('cart-edge', [endpoint('b')]), '3'));
  clock.advance(100);
  const bySlice = (): Record<string, readonly boolean[]> =>
    Object.fromEntries(source.snapshot.endpointSlices.map(each => [each.service ?? '', readyIn([each])]));
  t.deepEqual(bySlice(), { cart: [false], 'cart-edge': [true] });
  source.takeChanges();
  const before = changes();
  clock.advance(HOLD_BACK_MS);
  t.is(changes(), before + 1);
  t.deepEqual(bySlice(), { cart: [true], 'cart-edge': [true] });
  t.deepEqual(
    source.takeChanges().set.map(({ metadata: { name } }) => name),
    ['cart-slice'],
  );
});

test('claims are told as they come, change and go', t => {
  const { collections, source, sync, clock } = world();
  collections.claims.replaceAll([incoming(claimsOf('taobao.com', 'shop'))]);
  sync();
  t.deepEqual([...source.takeChanges().claims], [['taobao.com', 'shop']]);
  t.deepEqual([...source.claims], [['taobao.com', 'shop']]);
  collections.claims.put(incoming(claimsOf('taobao.com', 'other'), '2'));
  clock.advance(100);
  t.deepEqual([...source.takeChanges().claims], [['taobao.com', 'other']]);
  collections.claims.remove({ namespace: 'sluice-system', name: claimShard('taobao.com') });
  clock.advance(100);
  t.deepEqual([...source.takeChanges().claims], [['taobao.com', null]]);
});

const closedIngress = (name: string, className: string): Ingress => {
  const parsed = parseIngress({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      namespace: 'shop',
      name,
      annotations: {
        'nginx.ingress.kubernetes.io/auth-type': 'basic',
        'nginx.ingress.kubernetes.io/auth-secret': `${name}-users`,
      },
    },
    spec: { ingressClassName: className },
  });
  if (!parsed.ok) throw new Error('the Ingress is well written');
  return parsed.value;
};

const users = (name: string): Secret => ({
  kind: 'Secret',
  metadata: metadata(name),
  type: 'Opaque',
  data: { auth: 'YQ==' },
});

test('users are asked for by name, of our Ingresses alone, as long as somebody asks', t => {
  const { collections, secrets, sync, clock } = world();
  collections.ingresses.replaceAll([
    incoming(closedIngress('web', 'sluice')),
    incoming(closedIngress('other', 'nginx')),
  ]);
  sync();
  t.deepEqual(secrets.wanted, ['shop/web-users']);
  // A class that becomes ours brings its Ingresses with it.
  collections.ingressClasses.put(
    incoming({
      kind: 'IngressClass' as const,
      metadata: metadata('nginx', { namespace: '' }),
      controller: 'sluice.dev/router',
    }),
  );
  clock.advance(100);
  t.deepEqual([...secrets.wanted].sort(), ['shop/other-users', 'shop/web-users']);
  for (const name of ['web', 'other']) collections.ingresses.remove({ namespace: 'shop', name });
  clock.advance(100);
  t.deepEqual(secrets.wanted, []);
});

test('users that come are told like any object', t => {
  const { collections, source, secrets, sync } = world();
  collections.ingresses.replaceAll([incoming(closedIngress('web', 'sluice'))]);
  sync();
  source.takeChanges();
  secrets.put(users('web-users'));
  t.deepEqual(
    source.takeChanges().set.map(({ kind, metadata: { name } }) => `${kind} ${name}`),
    ['Secret web-users'],
  );
  t.is(source.snapshot.secrets.length, 1);
});

test('the first plan waits for its users, so that a restart closes nothing that was open', t => {
  const { collections, source, secrets, sync, changes } = world();
  secrets.settled = false;
  collections.ingresses.replaceAll([incoming(closedIngress('web', 'sluice'))]);
  sync();
  t.is(changes(), 0);
  secrets.put(users('web-users'));
  t.is(changes(), 0);
  secrets.settle();
  t.is(changes(), 1);
  t.deepEqual(
    source
      .takeChanges()
      .set.map(({ kind }) => kind)
      .sort(),
    ['Ingress', 'Secret'],
  );
});

test('but not for ever', t => {
  const { collections, secrets, sync, clock, changes } = world();
  secrets.settled = false;
  collections.ingresses.replaceAll([incoming(closedIngress('web', 'sluice'))]);
  sync();
  clock.advance(1_800);
  t.is(changes(), 0);
  clock.advance(200);
  t.is(changes(), 1);
});

test('nothing is told after a stop', t => {
  const { collections, source, sync, clock, changes } = world();
  sync();
  collections.endpointSlices.put(incoming(slice('cart', [endpoint('a')])));
  clock.advance(100);
  const before = changes();
  source.stop();
  clock.advance(10 * HOLD_BACK_MS);
  t.is(changes(), before);
});
