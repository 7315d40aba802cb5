import test from 'ava';
import { claimShard, printClaimRecords } from '../../src/core/claim-records.ts';
import { HOLD_BACK_MS } from '../../src/core/held-back-endpoints.ts';
import type { EndpointSlice } from '../../src/core/objects/endpoint-slice.ts';
import { ClusterSource, ROUTER_KINDS, type RouterKinds } from '../../src/kube/cluster-source.ts';
import type { Named } from '../../src/kube/kind.ts';
import { createStores } from '../../src/kube/store/create-stores.ts';
import { ManualClock } from '../helpers/kube/manual-clock.ts';
import { metadata, namespace, podRef, service, slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';

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

const world = () => {
  const clock = new ManualClock();
  const { set, collections } = createStores<RouterKinds>(ROUTER_KINDS, { clock });
  let changes = 0;
  const source = new ClusterSource(set, {
    clock,
    onChange: () => {
      changes += 1;
    },
  });
  const sync = (): void => {
    for (const collection of Object.values(collections)) if (!collection.synced) collection.replaceAll([]);
    clock.advance(100);
  };
  return { clock, collections, source, sync, changes: () => changes };
};

const endpoint = (name: string) => sliceEndpoint('10.0.0.1', { targetRef: podRef(name, `uid-${name}`) });
const readyIn = (slices: readonly EndpointSlice[]): readonly boolean[] =>
  slices.flatMap(({ endpoints }) => endpoints.map(({ ready }) => ready));

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
