import test from 'ava';
import type { ConfigMap } from '../../../src/core/objects/config-map.ts';
import { failed, ok } from '../../../src/core/problem.ts';
import { Collection } from '../../../src/kube/store/collection.ts';
import type { UnreadableObject } from '../../../src/kube/store/object-store.ts';
import type { Incoming } from '../../../src/kube/watching/incoming.ts';
import { metadata } from '../../helpers/kubernetes-objects.ts';

type Told = { readonly name: string; readonly before: string | undefined };

const world = () => {
  const told: Told[] = [];
  const unreadable: UnreadableObject[] = [];
  let syncs = 0;
  const collection = new Collection<ConfigMap>('ConfigMap', {
    onChange: ({ name }, before) => told.push({ name, before: before?.data.value }),
    onUnreadable: object => unreadable.push(object),
    onSynced: () => {
      syncs += 1;
    },
  });
  return { collection, told, unreadable, syncs: () => syncs };
};

const incoming = (
  name: string,
  version: number,
  parts: Partial<Incoming<ConfigMap>> = {},
): Incoming<ConfigMap> => ({
  namespace: 'shop',
  name,
  uid: 'u1',
  resourceVersion: String(version),
  generation: null,
  parsed: ok({ kind: 'ConfigMap', metadata: metadata(name), data: { value: `v${version}` } }),
  ...parts,
});

const BAD = failed({ code: 'ObjectInvalid', field: 'data', message: 'expected an object' });

const ref = (name: string) => ({ namespace: 'shop', name });

test('what changed is told with what it was before', t => {
  const { collection, told } = world();
  collection.put(incoming('a', 1));
  collection.put(incoming('a', 2));
  collection.remove(ref('a'));
  collection.remove(ref('a'));
  t.deepEqual(told, [
    { name: 'a', before: undefined },
    { name: 'a', before: 'v1' },
    { name: 'a', before: 'v2' },
  ]);
  t.is(collection.size, 0);
});

test('a new version in which nothing that we read has changed is no change, but it is the version to write to', t => {
  const { collection, told } = world();
  collection.put(incoming('a', 1));
  const before = collection.get(ref('a'));
  collection.put(incoming('a', 2, { parsed: incoming('a', 1).parsed, generation: 7 }));
  t.is(told.length, 1);
  t.is(collection.get(ref('a')), before);
  t.like(collection.versioned(ref('a')), { resourceVersion: '2', generation: 7 });
});

test('a list tells of what is new, of what has changed and of what is gone, and of nothing else', t => {
  const { collection, told, syncs } = world();
  collection.replaceAll([incoming('a', 1), incoming('b', 1), incoming('c', 1)]);
  t.true(collection.synced);
  told.length = 0;
  collection.replaceAll([incoming('a', 1), incoming('b', 2), incoming('d', 3)]);
  t.deepEqual(told, [
    { name: 'c', before: 'v1' },
    { name: 'b', before: 'v1' },
    { name: 'd', before: undefined },
  ]);
  t.is(syncs(), 1);
});

test('a version that cannot be read leaves the last good one in force, is told once, and is forgotten when mended', t => {
  const { collection, told, unreadable } = world();
  collection.put(incoming('a', 1));
  collection.put(incoming('a', 2, { parsed: BAD }));
  collection.put(incoming('a', 2, { parsed: BAD }));
  collection.put(incoming('a', 3, { parsed: BAD }));
  t.is(collection.get(ref('a'))?.data.value, 'v1');
  // A write must be made for what is stored, not for what we last understood; it will conflict.
  t.is(collection.versioned(ref('a'))?.resourceVersion, '1');
  t.deepEqual(
    unreadable.map(({ resourceVersion, keepsLastGood }) => [resourceVersion, keepsLastGood]),
    [
      ['2', true],
      ['3', true],
    ],
  );
  t.is(collection.unreadable.length, 1);
  collection.put(incoming('a', 4));
  t.is(collection.unreadable.length, 0);
  t.is(told.length, 2);
});

test('an object that was made anew under a name inherits nothing from the one before', t => {
  const { collection, told } = world();
  collection.put(incoming('a', 1));
  collection.put(incoming('a', 2, { uid: 'u2', parsed: BAD }));
  t.is(collection.get(ref('a')), undefined);
  t.deepEqual(told.at(-1), { name: 'a', before: 'v1' });
  t.like(collection.unreadable[0], { keepsLastGood: false });
});

test('an unreadable object of a list does not keep others from being known, and goes when it is deleted', t => {
  const { collection } = world();
  collection.replaceAll([incoming('a', 1), incoming('b', 1, { parsed: BAD })]);
  t.is(collection.size, 1);
  t.true(collection.synced);
  t.is(collection.unreadable.length, 1);
  collection.replaceAll([incoming('a', 1)]);
  t.is(collection.unreadable.length, 0);
});
