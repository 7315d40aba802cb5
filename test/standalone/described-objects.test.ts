import test from 'ava';
import { DescribedObjects } from '../../src/standalone/described-objects.ts';
import { type ManifestFile, type ManifestSet, parseManifests } from '../../src/standalone/manifest-files.ts';
import { manifestText, serviceManifest } from '../helpers/manifest-text.ts';

const fileOf = (name: string, ...services: readonly string[]): readonly [string, ManifestFile] => [
  name,
  parseManifests(name, manifestText(...services.map(service => serviceManifest(service)))),
];

const setOf = (...files: readonly (readonly [string, ManifestFile])[]): ManifestSet => ({
  files: new Map(files),
});

test('what comes, changes place, is described twice, and goes is told by name', t => {
  const described = new DescribedObjects();
  const [a, b] = [fileOf('a.yaml', 'one', 'two'), fileOf('b.yaml', 'three')];
  const told = (...files: readonly (readonly [string, ManifestFile])[]): unknown => [
    ...described.replace(setOf(...files)),
  ];
  t.deepEqual(told(a, b), [
    ['Service default/one', 'written'],
    ['Service default/two', 'written'],
    ['Service default/three', 'written'],
  ]);
  t.deepEqual(told(a, b), []);
  const swapped = fileOf('a.yaml', 'two', 'one');
  t.deepEqual(told(swapped, b), [
    ['Service default/one', 'moved'],
    ['Service default/two', 'moved'],
  ]);
  t.deepEqual(told(swapped, fileOf('b.yaml', 'three', 'one')), [['Service default/one', 'written']]);
  t.is(described.of('Service default/one').length, 2);
  t.deepEqual(told(swapped), [
    ['Service default/three', 'written'],
    ['Service default/one', 'written'],
  ]);
  t.is(described.of('Service default/three').length, 0);
});
