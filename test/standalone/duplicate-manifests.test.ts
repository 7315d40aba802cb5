import test from 'ava';
import { withoutDuplicates } from '../../src/standalone/duplicate-manifests.ts';
import { formatManifestError, parseManifests, rankedManifests } from '../../src/standalone/manifest-files.ts';

const errorsOf = (files: Readonly<Record<string, string>>): readonly string[] => {
  const parsed = Object.entries(files).map(([name, text]) => [name, parseManifests(name, text)] as const);
  return withoutDuplicates(rankedManifests({ files: new Map(parsed) })).errors.map(formatManifestError);
};

const object = (apiVersion: string, kind: string, metadata: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\n`;

test('the same object twice names both places', t => {
  const files = {
    'a.yaml': object('v1', 'Service', '{name: cart-svc}'),
    'b.yaml': `${object('v1', 'Pod', '{name: x}')}---\n${object('v1', 'Service', '{name: cart-svc, namespace: default}')}`,
  };
  t.deepEqual(errorsOf(files), [
    'b.yaml:5: document 2: Service default/cart-svc stands already at a.yaml:1 (document 1): keep one of them',
  ]);
});

test('a third one names the first place too', t => {
  const text = object('v1', 'Service', '{name: a}');
  const errors = errorsOf({ 'x.yaml': [text, text, text].join('---\n') });
  t.is(errors.length, 2);
  t.true(errors.every(error => error.includes('at x.yaml:1 ')));
});

test('an Ingress is the same object under both of its groups', t => {
  const files = {
    'a.yaml': object('extensions/v1beta1', 'Ingress', '{name: shop}'),
    'b.yaml': object('networking.k8s.io/v1', 'Ingress', '{name: shop}'),
  };
  t.is(errorsOf(files).length, 1);
});

test('a cluster-wide object is the same whatever namespace is written on it', t => {
  const files = {
    'a.yaml': object('v1', 'Namespace', '{name: shop}'),
    'b.yaml': object('v1', 'Namespace', '{name: shop, namespace: other}'),
  };
  t.deepEqual(errorsOf(files), [
    'b.yaml:1: document 1: Namespace shop stands already at a.yaml:1 (document 1): keep one of them',
  ]);
});

test('another kind, group, namespace or name is another object', t => {
  const files = {
    'a.yaml': object('v1', 'Service', '{name: a}'),
    'b.yaml': object('v1', 'Service', '{name: a, namespace: other}'),
    'c.yaml': object('v1', 'Service', '{name: b}'),
    'd.yaml': object('v1', 'Pod', '{name: a}'),
    'e.yaml': object('serving.knative.dev/v1', 'Service', '{name: a}'),
    'f.yaml': object('v1', 'Service', '{generateName: a}'),
    'g.yaml': object('v1', 'Service', '{generateName: a}'),
    'h.yaml': object('v1', 'Service', '7'),
  };
  t.deepEqual(errorsOf(files), []);
});
