import test from 'ava';
import { parseNamespace } from '../../../src/core/objects/parse-namespace.ts';

test('a Namespace is read with its annotations and belongs to no namespace', t => {
  const parsed = parseNamespace(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', annotations: { a: 'b' } } },
    4,
  );
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.like(parsed.value.metadata, { name: 'shop', namespace: '', fileOrder: 4 });
  t.is(parsed.value.metadata.annotations.a, 'b');
});
