import test from 'ava';
import { parseConfigMap } from '../../../src/core/objects/parse-config-map.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const configMap = (parts: object): unknown => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'claims', namespace: 'sluice' },
  ...parts,
});

test('data is read, binaryData is not', t => {
  const parsed = parseConfigMap(configMap({ data: { 'taobao.com': 'shop' }, binaryData: { a: 'eA==' } }));
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.deepEqual({ ...parsed.value.data }, { 'taobao.com': 'shop' });
  t.is(parsed.value.metadata.namespace, 'sluice');
});

test('a ConfigMap may have no data', t => {
  const parsed = parseConfigMap(configMap({}));
  t.deepEqual(parsed.ok && { ...parsed.value.data }, {});
});

test('a value that is no text is a problem with its path', t => {
  const parsed = parseConfigMap(configMap({ data: { a: 1 } }));
  t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), [
    'ObjectInvalid data[a] "1": expected a text, got the number 1; put it in quotes: "1"',
  ]);
});
