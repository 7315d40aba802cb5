import test from 'ava';
import fc from 'fast-check';
import { parseReview } from '../../src/admission/review-request.ts';
import { formatProblem } from '../../src/core/problem.ts';
import { ingressOf, type Manifest } from '../helpers/admission.ts';
import { requestOf, reviewOf, updateOf } from '../helpers/admission-review.ts';
import { arbitraryJsonObject } from '../helpers/arbitrary-ingress.ts';

test('a review as the API server sends it is read', t => {
  const object = ingressOf({ name: 'web', namespace: 'shop' });
  const old = ingressOf({ name: 'web', namespace: 'shop', className: 'nginx' });
  const parsed = parseReview(updateOf(object, old, { dryRun: true }));
  t.deepEqual(parsed, {
    ok: true,
    value: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: 'Ingress',
      operation: 'UPDATE',
      subResource: '',
      namespace: 'shop',
      name: 'web',
      dryRun: true,
      username: 'anna',
      object,
      oldObject: old,
    },
  });
});

test('what the API server leaves out has its default', t => {
  const { name: _, dryRun: __, userInfo: ___, oldObject: ____, ...request } = requestOf();
  const parsed = parseReview({ ...reviewOf(), request });
  t.true(parsed.ok);
  if (!parsed.ok) return;
  const { name, dryRun, username, oldObject } = parsed.value;
  t.deepEqual(
    { name, dryRun, username, oldObject },
    { name: '', dryRun: false, username: '', oldObject: null },
  );
});

const reads = test.macro({
  exec(t, parts: Manifest) {
    t.true(parseReview(reviewOf(parts)).ok);
  },
  title: (title = '') => title,
});

const resource = (group: string, version: string, name = 'ingresses'): Manifest => ({
  resource: { group, version, resource: name },
});

for (const [group, version] of [
  ['networking.k8s.io', 'v1'],
  ['networking.k8s.io', 'v1beta1'],
  ['extensions', 'v1beta1'],
] as const) {
  test(`ingresses of ${group}/${version} are read`, reads, resource(group, version));
}
test('a DELETE without a new object is read', reads, {
  operation: 'DELETE',
  object: null,
  oldObject: ingressOf(),
});
test('a review of the status is read', reads, { operation: 'UPDATE', subResource: 'status', object: null });

const refused = test.macro({
  exec(t, review: unknown, ...expected: readonly string[]) {
    const parsed = parseReview(review);
    t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), expected);
  },
  title: (title = '') => `refused: ${title}`,
});

test(
  'no object',
  refused,
  [],
  'ObjectInvalid (root): expected a Kubernetes object with apiVersion, kind and metadata, got a list',
);
test(
  'an empty object',
  refused,
  {},
  'ObjectInvalid kind: expected AdmissionReview, got nothing',
  'ObjectInvalid apiVersion: expected admission.k8s.io/v1, got nothing',
);
test(
  'v1beta1, which a webhook configuration has to ask for',
  refused,
  { ...reviewOf(), apiVersion: 'admission.k8s.io/v1beta1' },
  'ObjectInvalid apiVersion "admission.k8s.io/v1beta1": expected admission.k8s.io/v1, got the text "admission.k8s.io/v1beta1"',
);
test(
  'another kind',
  refused,
  { ...reviewOf(), kind: 'Pod' },
  'ObjectInvalid kind "Pod": expected AdmissionReview, got the text "Pod"',
);
test(
  'a review that is an answer',
  refused,
  { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: { uid: 'x', allowed: true } },
  'ObjectInvalid request: expected an object, got nothing',
);
test(
  'a review of another resource',
  refused,
  reviewOf(resource('', 'v1', 'pods')),
  'ObjectInvalid request.resource: expected ingresses of networking.k8s.io/v1, networking.k8s.io/v1beta1, extensions/v1beta1 or services of v1, got pods of v1; take it out of the rules of the webhook configuration',
);
test(
  'a Service of a version that is not read',
  refused,
  reviewOf(resource('', 'v2', 'services')),
  'ObjectInvalid request.resource: expected ingresses of networking.k8s.io/v1, networking.k8s.io/v1beta1, extensions/v1beta1 or services of v1, got services of v2; take it out of the rules of the webhook configuration',
);
test(
  'an Ingress of a version that is not read',
  refused,
  reviewOf(resource('networking.k8s.io', 'v2')),
  'ObjectInvalid request.resource: expected ingresses of networking.k8s.io/v1, networking.k8s.io/v1beta1, extensions/v1beta1 or services of v1, got ingresses of networking.k8s.io/v2; take it out of the rules of the webhook configuration',
);
test(
  'everything that is missing, at once',
  refused,
  { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: {} },
  'ObjectInvalid request.resource: expected an object with group, version and resource, got nothing',
  'ObjectInvalid request.operation: expected one of CREATE, UPDATE, DELETE, CONNECT, got nothing',
  'ObjectInvalid request.uid: expected a text, got nothing',
  'ObjectInvalid request.namespace: expected a text, got nothing',
  'ObjectInvalid request.object: expected an object, got nothing',
);
test(
  'a CREATE without an object',
  refused,
  reviewOf({ object: null, name: 'web', namespace: 'shop' }),
  'ObjectInvalid request.object: expected an object, got null',
);
test(
  'an UPDATE without the stored object, whose record of origins would be lost',
  refused,
  reviewOf({ operation: 'UPDATE' }),
  'ObjectInvalid request.oldObject: expected an object, got null',
);
test(
  'an object that is a list',
  refused,
  reviewOf({ object: [], name: 'web', namespace: 'shop' }),
  'ObjectInvalid request.object: expected an object, got a list',
);
test(
  'a uid that would be a megabyte of answer, without repeating it',
  refused,
  reviewOf({ uid: 'u'.repeat(1_000_000) }),
  'ObjectInvalid request.uid[length]: expected at most 128 characters',
);

test('no JSON makes the parser throw', t => {
  fc.assert(
    fc.property(arbitraryJsonObject, fc.boolean(), (json, whole) => {
      t.notThrows(() =>
        parseReview(whole ? json : { ...reviewOf(), request: Object.assign(requestOf(), json) }),
      );
    }),
    { numRuns: 500 },
  );
});
