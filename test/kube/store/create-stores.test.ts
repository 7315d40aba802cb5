import test from 'ava';
import type { ConfigMap } from '../../../src/core/objects/config-map.ts';
import type { Secret } from '../../../src/core/objects/secret.ts';
import { ok } from '../../../src/core/problem.ts';
import { CONFIG_MAP, SECRET } from '../../../src/kube/kinds.ts';
import { createStores } from '../../../src/kube/store/create-stores.ts';
import type { ChangeBatch } from '../../../src/kube/store/object-store.ts';
import type { Incoming } from '../../../src/kube/watching/incoming.ts';
import { ManualClock } from '../../helpers/kube/manual-clock.ts';
import { metadata } from '../../helpers/kubernetes-objects.ts';

type Kinds = { ConfigMap: ConfigMap; Secret: Secret };

const configMap = (name: string, version: number): Incoming<ConfigMap> => ({
  namespace: 'shop',
  name,
  uid: 'u1',
  resourceVersion: String(version),
  generation: null,
  parsed: ok({ kind: 'ConfigMap', metadata: metadata(name), data: { value: `v${version}` } }),
});

const world = () => {
  const clock = new ManualClock();
  const stores = createStores<Kinds>({ ConfigMap: CONFIG_MAP, Secret: SECRET }, { clock });
  const batches: ChangeBatch<Kinds>[] = [];
  stores.set.subscribe(batch => batches.push(batch));
  const names = (): readonly (readonly string[])[] =>
    batches.map(({ ConfigMap }) =>
      ConfigMap.map(({ name, before, after }) => `${name} ${before?.data.value} ${after?.data.value}`),
    );
  return { clock, batches, names, ...stores };
};

test('nobody is told of half a cluster: the first batch comes when every kind is known, and holds everything', t => {
  const { clock, set, collections, names } = world();
  collections.ConfigMap.replaceAll([configMap('a', 1), configMap('b', 1)]);
  clock.advance(1_000);
  t.deepEqual([set.synced, names()], [false, []]);
  collections.Secret.replaceAll([]);
  t.true(set.synced);
  clock.advance(0);
  t.deepEqual(names(), [['a undefined v1', 'b undefined v1']]);
});

test('a single change is told at once, what follows within 50 ms together', t => {
  const { clock, collections, names, batches } = world();
  collections.ConfigMap.replaceAll([]);
  collections.Secret.replaceAll([]);
  clock.advance(1_000);
  collections.ConfigMap.put(configMap('a', 1));
  clock.advance(0);
  t.deepEqual(names(), [['a undefined v1']]);
  collections.ConfigMap.put(configMap('a', 2));
  clock.advance(20);
  collections.ConfigMap.put(configMap('a', 3));
  collections.ConfigMap.put(configMap('b', 4));
  clock.advance(29);
  t.is(batches.length, 1);
  clock.advance(1);
  t.deepEqual(names().at(-1), ['a v1 v3', 'b undefined v4']);
  t.deepEqual(batches.at(-1)?.Secret, []);
});

test('what came and went between two batches, or is as it was, is in none', t => {
  const { clock, collections, names } = world();
  collections.ConfigMap.replaceAll([configMap('a', 1)]);
  collections.Secret.replaceAll([]);
  clock.advance(1_000);
  collections.ConfigMap.put(configMap('b', 2));
  collections.ConfigMap.remove({ namespace: 'shop', name: 'b' });
  clock.advance(100);
  t.is(names().length, 1);
});

test('an object that was deleted and made anew is one change', t => {
  const { clock, collections, names } = world();
  collections.ConfigMap.replaceAll([configMap('a', 1)]);
  collections.Secret.replaceAll([]);
  clock.advance(1_000);
  collections.ConfigMap.remove({ namespace: 'shop', name: 'a' });
  collections.ConfigMap.put({ ...configMap('a', 5), uid: 'u2' });
  clock.advance(100);
  t.deepEqual(names().at(-1), ['a v1 v5']);
});

test('whoever stops listening, or stops it all, is told of nothing more', t => {
  const { clock, collections, set, stop, batches } = world();
  const heard: number[] = [];
  const leave = set.subscribe(() => heard.push(1));
  collections.ConfigMap.replaceAll([]);
  collections.Secret.replaceAll([]);
  collections.ConfigMap.put(configMap('a', 1));
  clock.advance(100);
  leave();
  collections.ConfigMap.put(configMap('a', 2));
  clock.advance(100);
  t.deepEqual([heard.length, batches.length], [1, 2]);
  collections.ConfigMap.put(configMap('a', 3));
  stop();
  clock.advance(100);
  t.is(batches.length, 2);
});
