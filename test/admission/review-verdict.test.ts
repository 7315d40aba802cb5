import test from 'ava';
import { LONE_VIEW } from '../../src/admission/cluster-view.ts';
import { parseReview, type ReviewRequest } from '../../src/admission/review-request.ts';
import {
  type ReviewContext,
  type Verdict,
  WEBHOOKS,
  type WebhookName,
} from '../../src/admission/review-verdict.ts';
import { hostKey } from '../../src/core/host-key.ts';
import type { IngressClass } from '../../src/core/objects/ingress-class.ts';
import { CLUSTER_OPTIONS, ingressOf, type Manifest, NOW_MS, ruleOf, stored } from '../helpers/admission.ts';
import { requestOf, reviewOf, updateOf } from '../helpers/admission-review.ts';

const CONTEXT: ReviewContext = {
  options: CLUSTER_OPTIONS,
  view: LONE_VIEW,
  nowMs: NOW_MS,
  excludedNamespaces: ['sluice-system', 'kube-system'],
};

const read = (review: unknown): ReviewRequest => {
  const parsed = parseReview(review);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};

const verdict = (webhook: WebhookName, review: unknown, context: Partial<ReviewContext> = {}): Verdict =>
  WEBHOOKS[webhook](read(review), { ...CONTEXT, ...context });

const UNTOUCHED: Verdict = { patch: [], denials: [], warnings: [] };

/** Patched by the one webhook and refused by the other, where anybody looks at it. */
const WRONG = ingressOf({ rules: [ruleOf('taobao.com'), ruleOf('tmall.com', { path: 'x' })] });

test('the mutating webhook patches, the validating one denies', t => {
  const review = reviewOf({ object: WRONG });
  t.true(verdict('mutate', review).patch.length > 0);
  t.deepEqual(verdict('mutate', review).denials, []);
  t.deepEqual(verdict('validate', review).patch, []);
  t.deepEqual(
    verdict('validate', review).denials.map(({ code }) => code),
    ['PathInvalid'],
  );
});

const passes = test.macro({
  exec(t, review: Manifest) {
    t.deepEqual(verdict('mutate', review), UNTOUCHED);
    t.deepEqual(verdict('validate', review), UNTOUCHED);
  },
  title: (title = '') => `W1 left alone: ${title}`,
});

test('DELETE', passes, reviewOf({ operation: 'DELETE', object: null, oldObject: WRONG }));
test('CONNECT', passes, reviewOf({ operation: 'CONNECT', object: WRONG }));
test('the status', passes, updateOf(WRONG, WRONG, { subResource: 'status' }));
for (const namespace of CONTEXT.excludedNamespaces)
  test(`namespace ${namespace}`, passes, reviewOf({ object: WRONG, namespace }));
test(
  'another class',
  passes,
  reviewOf({ object: { ...WRONG, spec: { ingressClassName: 'nginx', rules: [] } } }),
);
test(
  'an object that is being deleted',
  passes,
  updateOf(
    { ...WRONG, metadata: { name: 'web', namespace: 'shop', deletionTimestamp: '2026-06-01T00:00:00Z' } },
    WRONG,
  ),
);

test('W1 an Ingress that leaves our class gets its hosts back', t => {
  const old = stored(ingressOf());
  const left = { ...old, spec: { ...(old.spec as Manifest), ingressClassName: 'nginx' } };
  const { patch } = verdict('mutate', updateOf(left, old));
  t.deepEqual(
    patch.filter(({ path }) => path === '/spec/rules/0/host'),
    [{ op: 'add', path: '/spec/rules/0/host', value: 'taobao.com' }],
  );
});

test('W1 extensions/v1beta1 is patched like v1', t => {
  const object = {
    apiVersion: 'extensions/v1beta1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: 'shop', annotations: { 'kubernetes.io/ingress.class': 'sluice' } },
    spec: {
      rules: [
        { host: 'taobao.com', http: { paths: [{ backend: { serviceName: 'web', servicePort: 80 } }] } },
      ],
    },
  };
  const review = reviewOf({
    object,
    resource: { group: 'extensions', version: 'v1beta1', resource: 'ingresses' },
  });
  t.true(
    verdict('mutate', review).patch.some(
      operation => operation.op === 'add' && operation.value === hostKey('taobao.com'),
    ),
  );
  t.deepEqual(verdict('validate', review).denials, []);
});

test('an object without a namespace is in the one of the request', t => {
  const { namespace: _, ...metadata } = ingressOf().metadata as Manifest;
  const review = reviewOf({ object: { ...ingressOf(), metadata }, namespace: 'other' });
  const asked: string[] = [];
  const view = {
    ...LONE_VIEW,
    claimHolder: () => 'shop',
    service: (namespace: string) => {
      asked.push(namespace);
      return null;
    },
  };
  t.deepEqual(
    verdict('validate', review, { view }).denials.map(({ code }) => code),
    ['HostTaken'],
  );
  t.deepEqual([...new Set(asked)], ['other']);
});

test('W6 a dry run is answered like any other review', t => {
  for (const webhook of ['mutate', 'validate'] as const) {
    const { dryRun: _, ...request } = requestOf({ object: WRONG });
    t.deepEqual(
      verdict(webhook, { ...reviewOf(), request: { ...request, dryRun: true } }),
      verdict(webhook, { ...reviewOf(), request }),
    );
  }
});

test('before the IngressClasses are read, nobody is given back for want of a class', t => {
  const classOf = (controller: string): IngressClass => ({
    kind: 'IngressClass',
    metadata: {
      namespace: '',
      name: 'by-controller',
      uid: null,
      labels: {},
      annotations: {},
      createdMs: null,
      deleting: false,
      file: '',
      fileOrder: 0,
    },
    controller,
  });
  const old = stored(ingressOf({ className: 'by-controller' }), {
    view: { ingressClasses: [classOf('sluice.dev/router')] },
  });
  const review = updateOf(old, old);
  const taken = { ...LONE_VIEW, ingressClasses: [classOf('example.com/other')] };
  t.true(verdict('mutate', review, { view: taken }).patch.length > 0, 'once the class is of another it is');
  const view = { ...LONE_VIEW, ingressClasses: null, missing: ['IngressClasses'] };
  t.deepEqual(verdict('mutate', review, { view }), UNTOUCHED);
});

test('before the index is whole, what it does not know is admitted with a word about it', t => {
  const view = { ...LONE_VIEW, missing: ['Services', 'Namespaces'] };
  t.deepEqual(verdict('validate', reviewOf(), { view }), {
    ...UNTOUCHED,
    warnings: [
      'admitted before the Services, Namespaces of this cluster were read, so what hangs on them was not checked.',
    ],
  });
  t.deepEqual(
    verdict('validate', reviewOf({ object: ingressOf({ className: 'nginx' }) }), { view }),
    UNTOUCHED,
  );
});
