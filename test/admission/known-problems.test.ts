import test from 'ava';
import {
  type IngressParts,
  ingressOf,
  type Manifest,
  type ReviewParts,
  review,
  ruleOf,
} from '../helpers/admission.ts';

const NGINX = 'nginx.ingress.kubernetes.io';
const annotated = (name: string, value: string): IngressParts => ({ annotations: { [name]: value } });
const tickets = (value: unknown): IngressParts => annotated('sluice.dev/tickets', JSON.stringify(value));
const paths = (...list: readonly string[]): IngressParts => ({
  rules: [ruleOf('taobao.com', ...list.map(path => ({ path })))],
});
const taken: ReviewParts = { view: { claimHolder: host => (host === 'taobao.com' ? 'tmall' : undefined) } };
const many = (count: number) => Array.from({ length: count }, (_, i) => ({ header: { foo: String(i) } }));

type Row = readonly [
  title: string,
  old: Manifest,
  next: Manifest,
  outcome: { readonly denied: readonly string[]; readonly warned: readonly string[] },
  review?: ReviewParts,
];

const mended = { denied: [], warned: [] };
const UPDATES: readonly Row[] = [
  [
    'a problem that was there',
    ingressOf(paths('cart')),
    ingressOf(paths('cart')),
    { denied: [], warned: ['PathInvalid'] },
  ],
  [
    'a problem that was there, moved',
    ingressOf(paths('cart')),
    ingressOf(paths('/a', '/b', 'cart')),
    { denied: [], warned: ['PathInvalid'] },
  ],
  [
    'another value of the same problem',
    ingressOf(paths('cart')),
    ingressOf(paths('order')),
    { denied: ['PathInvalid'], warned: [] },
  ],
  [
    'a second one beside it',
    ingressOf(paths('cart')),
    ingressOf(paths('cart', 'order')),
    { denied: ['PathInvalid'], warned: ['PathInvalid'] },
  ],
  [
    'one of two mended',
    ingressOf(paths('cart', 'order')),
    ingressOf(paths('/cart', 'order')),
    { denied: [], warned: ['PathInvalid'] },
  ],
  ['all mended', ingressOf(paths('cart')), ingressOf(paths('/cart')), mended],
  [
    'a second path written twice, for another host',
    ingressOf({ rules: [ruleOf('a.com', {}, {})] }),
    ingressOf({ rules: [ruleOf('a.com', {}, {}), ruleOf('b.com', {}, {})] }),
    { denied: ['PathDuplicate'], warned: ['PathDuplicate'] },
  ],
  [
    'a list that is too long, shortened',
    ingressOf(tickets(many(80))),
    ingressOf(tickets(many(70))),
    { denied: [], warned: ['TicketInvalid'] },
  ],
  [
    'a host that was taken already',
    ingressOf(),
    ingressOf(paths('/', '/b')),
    { denied: [], warned: ['HostTaken'] },
    taken,
  ],
  [
    'a taken host, split into two rules',
    ingressOf(),
    ingressOf({ rules: [ruleOf('taobao.com', { path: '/a' }), ruleOf('taobao.com', { path: '/b' })] }),
    { denied: [], warned: ['HostTaken', 'HostTaken'] },
    taken,
  ],
  [
    'a taken host, from a rule to an alias',
    ingressOf(),
    ingressOf({ rules: [ruleOf('jd.com')], annotations: { 'sluice.dev/aliases': 'taobao.com' } }),
    { denied: [], warned: ['HostTaken'] },
    taken,
  ],
  [
    'a taken host that is added',
    ingressOf({ rules: [ruleOf('jd.com')] }),
    ingressOf(),
    { denied: ['HostTaken'], warned: [] },
    taken,
  ],
  [
    'a canary that was there',
    ingressOf(annotated(`${NGINX}/canary`, 'true')),
    ingressOf(annotated(`${NGINX}/canary`, 'true')),
    { denied: [], warned: ['CanaryIngress'] },
  ],
  [
    'a canary that is added',
    ingressOf(),
    ingressOf(annotated(`${NGINX}/canary`, 'true')),
    { denied: ['CanaryIngress'], warned: [] },
  ],
  [
    'access control that comes in with a change of class',
    ingressOf({ ...annotated(`${NGINX}/auth-url`, 'https://a.example'), className: 'nginx' }),
    ingressOf(annotated(`${NGINX}/auth-url`, 'https://a.example')),
    { denied: ['AnnotationUnsupported'], warned: [] },
  ],
  [
    'a taken host that comes in with a change of class',
    ingressOf({ className: 'nginx' }),
    ingressOf(),
    { denied: ['HostTaken'], warned: [] },
    taken,
  ],
  [
    'an unreadable field that was there',
    ingressOf({ metadata: { labels: { a: 5 } } }),
    ingressOf({ metadata: { labels: { a: 5 }, annotations: { b: 'c' } } }),
    { denied: [], warned: ['ObjectInvalid'] },
  ],
  [
    'an unreadable field that is added',
    ingressOf({ metadata: { labels: { a: 5 } } }),
    ingressOf({ metadata: { labels: { a: 5 }, annotations: { b: 6 } } }),
    { denied: ['ObjectInvalid'], warned: ['ObjectInvalid'] },
  ],
];

const updated = test.macro({
  exec(t, [, old, next, outcome, reviewParts]: Row) {
    const { denials, warnings } = review(next, { ...reviewParts, old });
    t.deepEqual(
      denials.map(({ code }) => code),
      outcome.denied,
    );
    t.deepEqual(
      warnings.flatMap(line => /^as before: (\w+) /.exec(line)?.[1] ?? []),
      outcome.warned,
    );
  },
  title: (_, [title]: Row) => `an update with ${title}`,
});

for (const row of UPDATES) test(updated, row);
