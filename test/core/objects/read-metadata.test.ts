import test from 'ava';
import { parseNamespace } from '../../../src/core/objects/parse-namespace.ts';
import { parsePod } from '../../../src/core/objects/parse-pod.ts';
import { parseService } from '../../../src/core/objects/parse-service.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const pod = (metadata: unknown): unknown => ({ apiVersion: 'v1', kind: 'Pod', metadata });

const refused = test.macro({
  exec(t, metadata: unknown, expected: readonly string[]) {
    const parsed = parsePod(pod(metadata));
    t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), expected);
  },
  title: (_, metadata) => `the metadata ${JSON.stringify(metadata)} is refused`,
});

const NAME_FORM =
  'expected a name of lower-case letters, digits, "-" and "." (at most 253), beginning and ending with a letter or digit';
test(refused, undefined, ['ObjectInvalid metadata: expected an object with a name, got nothing']);
test(refused, 'a', ['ObjectInvalid metadata "a": expected an object with a name, got the text "a"']);
test(refused, {}, ['ObjectInvalid metadata.name: expected a text, got nothing']);
test(refused, { name: '' }, [
  'ObjectInvalid metadata.name "": expected a text that is not empty, got the text ""',
]);
test(refused, { name: 5 }, [
  'ObjectInvalid metadata.name "5": expected a text, got the number 5; put it in quotes: "5"',
]);
// Names are joined with a slash into identities: none may hold one.
test(refused, { name: 'a/b' }, [`ObjectInvalid metadata.name "a/b": ${NAME_FORM}`]);
test(refused, { name: '..' }, [`ObjectInvalid metadata.name "..": ${NAME_FORM}`]);
test(refused, { name: 'a', namespace: 'x/y' }, [
  'ObjectInvalid metadata.namespace "x/y": expected the name of a namespace: lower-case letters, digits and "-" (at most 63)',
]);
test(refused, { name: 'a', creationTimestamp: 'yesterday' }, [
  'ObjectInvalid metadata.creationTimestamp "yesterday": expected an RFC 3339 time such as 2026-01-31T12:00:00Z',
]);
test(refused, { name: 'a', creationTimestamp: '2026-13-31T12:00:00Z' }, [
  'ObjectInvalid metadata.creationTimestamp "2026-13-31T12:00:00Z": expected an RFC 3339 time such as 2026-01-31T12:00:00Z',
]);
test(refused, { name: 'a', labels: ['x'] }, [
  'ObjectInvalid metadata.labels: expected an object of texts, got a list',
]);
test(refused, { name: 'a', labels: { x: { y: 1 } } }, [
  'ObjectInvalid metadata.labels[x]: expected a text, got an object',
]);

test('a Service and a Namespace are named by one DNS label of at most 63 characters', t => {
  const metadata = { name: 'a.b' };
  for (const parsed of [
    parseService({ apiVersion: 'v1', kind: 'Service', metadata }),
    parseNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata }),
    parseNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a'.repeat(64) } }),
  ]) {
    t.regex(parsed.ok ? '' : (parsed.problems[0]?.message ?? ''), /at most 63/);
  }
});

test('nulls are fields that are not set', t => {
  const parsed = parsePod(
    pod({
      name: 'a',
      namespace: null,
      uid: null,
      labels: null,
      annotations: { a: null },
      creationTimestamp: null,
    }),
  );
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.like(parsed.value.metadata, { namespace: 'default', uid: null, createdMs: null, deleting: false });
  t.is(parsed.value.metadata.annotations.a, '');
});

test('an object that the API server will name goes by its generateName', t => {
  const parsed = parsePod(pod({ generateName: 'cart-' }));
  t.is(parsed.ok && parsed.value.metadata.name, 'cart-');
});

test('keys like __proto__ and constructor are data: none is lost, none is there by itself', t => {
  const labels: unknown = JSON.parse('{"__proto__": "x", "constructor": "y"}');
  const parsed = parsePod(pod({ name: 'a', labels }));
  t.true(parsed.ok);
  if (!parsed.ok) return;
  t.deepEqual(Object.entries(parsed.value.metadata.labels), [
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  t.false('constructor' in parsed.value.metadata.annotations);
  t.is(Object.getPrototypeOf({}), Object.prototype);
});

test('fields that an object only inherits are not read', t => {
  const inherited: unknown = Object.create({ name: 'a' });
  t.false(parsePod(pod(inherited)).ok);
});
