import test from 'ava';
import { parseSecret } from '../../../src/core/objects/parse-secret.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const secret = (parts: object): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'tls' },
  ...parts,
});

test('stringData is laid over data, as base64', t => {
  const parsed = parseSecret(
    secret({
      type: 'kubernetes.io/tls',
      data: { a: 'eA==', b: 'eQ==' },
      stringData: { b: 'ü', __proto__x: '' },
    }),
  );
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.is(parsed.value.type, 'kubernetes.io/tls');
  t.deepEqual({ ...parsed.value.data }, { a: 'eA==', b: 'w7w=', __proto__x: '' });
});

test('a Secret without type is Opaque', t => {
  const parsed = parseSecret(secret({}));
  t.is(parsed.ok && parsed.value.type, 'Opaque');
});

test('base64 may be broken into lines', t => {
  t.true(parseSecret(secret({ data: { a: 'eHh4\neHh4\n' } })).ok);
});

test('no problem of a Secret repeats a value', t => {
  const parsed = parseSecret(
    secret({ data: { a: 'hunter2!', b: 4711, d: ['hunter2!'] }, stringData: { c: 4711 } }),
  );
  t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), [
    'ObjectInvalid data[b]: expected a text, got a value of type number; put it in quotes',
    'ObjectInvalid data[d]: expected a text, got a list; put it in quotes',
    'ObjectInvalid data[a]: expected base64; write plain text under stringData instead',
    'ObjectInvalid stringData[c]: expected a text, got a value of type number; put it in quotes',
  ]);
});
