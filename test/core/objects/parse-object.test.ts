import test from 'ava';
import fc from 'fast-check';
import { parseObject } from '../../../src/core/objects/parse-object.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const API_VERSIONS: Readonly<Record<string, string>> = {
  Ingress: 'networking.k8s.io/v1',
  Service: 'v1',
  Pod: 'v1',
  EndpointSlice: 'discovery.k8s.io/v1',
  Namespace: 'v1',
  IngressClass: 'networking.k8s.io/v1',
  Secret: 'v1',
};

const problemsOf = (value: unknown): readonly string[] => {
  const parsed = parseObject(value);
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
};

for (const [kind, apiVersion] of Object.entries(API_VERSIONS)) {
  test(`${kind} of ${apiVersion} is read, with the namespace of its scope`, t => {
    const addressType = kind === 'EndpointSlice' ? { addressType: 'IPv4' } : {};
    const value = { apiVersion, kind, metadata: { name: 'a' }, ...addressType };
    const parsed = parseObject(value, { fileOrder: 3, namespace: 'shop' });
    t.is(parsed.ok ? parsed.value.kind : '', kind);
    t.is(parsed.ok && parsed.value.metadata.fileOrder, 3);
    const clusterScoped = kind === 'Namespace' || kind === 'IngressClass';
    t.is(parsed.ok && parsed.value.metadata.namespace, clusterScoped ? '' : 'shop');
    const defaulted = parseObject(value);
    t.is(defaulted.ok && defaulted.value.metadata.namespace, clusterScoped ? '' : 'default');
  });
}

test('an object of any kind whose fields hold any JSON is read or refused, and never throws', t => {
  const json = fc.jsonValue({ maxDepth: 2 });
  const part = fc.dictionary(
    fc.constantFrom(
      ...[
        'name',
        'selector',
        'ports',
        'type',
        'containers',
        'conditions',
        'podIPs',
        'targetRef',
        '__proto__',
      ],
    ),
    json,
    { maxKeys: 3 },
  );
  const field = fc.oneof(json, part, fc.array(part, { maxLength: 3 }));
  const object = fc.record({
    kind: fc.constantFrom(...Object.keys(API_VERSIONS)),
    metadata: fc.oneof(part, fc.constant({ name: 'a' })),
    spec: field,
    status: field,
    data: field,
    stringData: field,
    type: field,
    ports: field,
    endpoints: field,
    addressType: field,
  });
  fc.assert(
    fc.property(object, value => {
      const parsed = parseObject({ ...value, apiVersion: API_VERSIONS[value.kind] });
      return parsed.ok || parsed.problems.length > 0;
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('any JSON at all is read or refused, and never throws', t => {
  fc.assert(
    fc.property(fc.jsonValue(), value => !parseObject(value).ok),
    { numRuns: 500 },
  );
  t.pass();
});

const SUPPORTED =
  'Ingress (networking.k8s.io/v1, networking.k8s.io/v1beta1, extensions/v1beta1), Service (v1), Pod (v1), ' +
  'EndpointSlice (discovery.k8s.io/v1, discovery.k8s.io/v1beta1), Namespace (v1), ' +
  'IngressClass (networking.k8s.io/v1, networking.k8s.io/v1beta1), Secret (v1)';

test('an unknown kind is told what is supported', t => {
  t.deepEqual(problemsOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), [
    `ObjectInvalid kind "Deployment": expected one of ${SUPPORTED}, got the text "Deployment" of "apps/v1"`,
  ]);
  t.deepEqual(problemsOf({}), [`ObjectInvalid kind: expected one of ${SUPPORTED}, got nothing`]);
  t.deepEqual(problemsOf({ kind: ['Pod'] }), [
    `ObjectInvalid kind: expected one of ${SUPPORTED}, got a list`,
  ]);
  t.is(problemsOf({ kind: 'constructor' }).length, 1);
});

test('what is no object is told what it is', t => {
  const expected =
    'ObjectInvalid (root): expected a Kubernetes object with apiVersion, kind and metadata, got';
  t.deepEqual(problemsOf(null), [`${expected} null`]);
  t.deepEqual(problemsOf([]), [`${expected} a list`]);
  t.deepEqual(problemsOf('kind: Pod'), [`${expected} the text "kind: Pod"`]);
});

test('a kind in a version that is not served says which versions are', t => {
  t.deepEqual(problemsOf({ apiVersion: 'v2', kind: 'Pod' }), [
    'ObjectInvalid apiVersion "v2": expected v1, got the text "v2"',
  ]);
});
