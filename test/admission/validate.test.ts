import test from 'ava';
import { hostKey } from '../../src/core/host-key.ts';
import type { Namespace } from '../../src/core/objects/namespace.ts';
import { PROBLEM_CODES } from '../../src/core/problem.ts';
import {
  codeAndField,
  type IngressParts,
  ingressOf,
  type ReviewParts,
  review,
  ruleOf,
  SERVICE_CONFIG,
} from '../helpers/admission.ts';
import { namespace } from '../helpers/kubernetes-objects.ts';

const NGINX = 'nginx.ingress.kubernetes.io';
const at = (annotation: string): string => `metadata.annotations[${annotation}]`;
const CONFIG = at(SERVICE_CONFIG);
const HOST = 'spec.rules[0].host';

const annotated = (name: string, value: string): IngressParts => ({ annotations: { [name]: value } });
const hosts = (...names: readonly (string | null)[]): IngressParts => ({
  rules: names.map(name => ruleOf(name)),
});

const taken: ReviewParts = { view: { claimHolder: host => (host === 'taobao.com' ? 'tmall' : undefined) } };
const allowing = (hostList: string): ReviewParts => {
  const shop: Namespace = namespace('shop', { 'sluice.dev/allowed-hosts': hostList });
  return { view: { namespace: () => shop } };
};
const LONG = `${'a'.repeat(55)}.${'b'.repeat(51)}.com`;

const message = (parts: IngressParts, reviewParts?: ReviewParts): string =>
  review(ingressOf(parts), reviewParts)
    .denials.map(problem => problem.message)
    .join();

test('a host that is too long is denied with the arithmetic and the way out', t => {
  const text = message(hosts(LONG));
  for (const part of ['2 × 111 + 32 = 254', '253', '110 bytes', 'sluice.dev/rewrite: "off"'])
    t.true(text.includes(part), part);
});

test('a taken host is denied with its holder', t => {
  t.true(message({}, taken).includes('"tmall"'));
});

test('a canary is denied with the tickets that say the same', t => {
  const annotations = {
    [`${NGINX}/canary`]: 'true',
    [`${NGINX}/canary-by-header`]: 'foo',
    [`${NGINX}/canary-by-header-value`]: 'bar',
    [`${NGINX}/canary-weight`]: '10',
  };
  t.true(message({ annotations }).includes('\'[{"header":{"foo":"bar"}},{"percent":10}]\''));
});

const ADMITTED: readonly (readonly [title: string, parts: IngressParts, review?: ReviewParts])[] = [
  ['a host of 110 bytes', hosts(LONG.slice(1))],
  ['a host over 110 bytes under rewrite off', { ...hosts(LONG), ...annotated('sluice.dev/rewrite', 'off') }],
  [
    'a host of 253 bytes under --rewrite off',
    hosts(`${'a.'.repeat(125)}com`),
    { options: { rewrite: false } },
  ],
  ['a host of the same namespace', {}, { view: { claimHolder: () => 'shop' } }],
  ['a taken host under --host-ownership off', {}, { ...taken, options: { hostOwnership: 'off' } }],
  [
    'hosts within the allowed ones',
    hosts('a.b.shop.example', '*.shop.example'),
    allowing('["*.shop.example"]'),
  ],
  [
    'a rule for all hosts in the catch-all namespace',
    hosts(null),
    { options: { catchAllNamespaces: ['shop'] } },
  ],
  ['one path as two types', { rules: [ruleOf('taobao.com', {}, { pathType: 'Exact' })] }],
  ['one path of two hosts', hosts('taobao.com', 'tmall.com')],
  ['an access annotation that is switched off', annotated(`${NGINX}/enable-modsecurity`, 'false')],
  ['canary "false"', annotated(`${NGINX}/canary`, 'false')],
  [
    'an Ingress that is being deleted',
    { ...hosts('not a host'), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ],
  ['an Ingress of another class', { ...hosts('not a host'), className: 'nginx' }],
  ['an unreadable Ingress of another class', { className: 'nginx', spec: { rules: [{ host: 5 }] } }],
];

for (const [title, parts, reviewParts] of ADMITTED) {
  test(`admitted: ${title}`, t => {
    t.deepEqual(review(ingressOf(parts), reviewParts).denials, []);
  });
}

test('a solver of cert-manager keeps its host but must own it, and its path must be one', t => {
  const solver = {
    metadata: { labels: { 'acme.cert-manager.io/http01-solver': 'true' } },
    rules: [ruleOf('taobao.com', { path: '/.well-known/acme-challenge/token', pathType: 'Exact' })],
  };
  const { denials, patch } = review(ingressOf(solver), taken);
  t.deepEqual(denials.map(codeAndField), [`HostTaken ${HOST}`]);
  t.deepEqual(patch, []);
  t.deepEqual(review(ingressOf(solver)).denials, []);
});

test('every problem of an Ingress is told in one answer, none hides another', t => {
  const { denials } = review(
    ingressOf({
      annotations: {
        'sluice.dev/tickets': '[{"percent":101},{"percent":5,"to":"beta"}]',
        'sluice.dev/aliases': '{"jd.com":["taobao.com"]}',
        'sluice.dev/edge-services': '{"a":"b"}',
        'sluice.dev/paused': 'maybe',
        [SERVICE_CONFIG]: '{"version":1}',
        [`${NGINX}/canary`]: 'true',
        [`${NGINX}/auth-url`]: 'https://auth.example',
        [`${NGINX}/use-regex`]: 'no',
      },
      rules: [
        ruleOf('not a host'),
        ruleOf(
          'jd.com',
          { path: '/a', service: 'a' },
          { path: '/a', service: 'b' },
          { path: 'x', service: 'c' },
        ),
        ruleOf(LONG),
        ruleOf(hostKey('a.com', 'x')),
      ],
    }),
    taken,
  );
  t.deepEqual(
    PROBLEM_CODES.filter(code => !denials.some(problem => problem.code === code)),
    // Another namespace's annotations, matchers, Services and the form of the object have answers of their own.
    ['HostNotAllowed', 'PortTaken', 'PortNotAllowed', 'MatcherInvalid', 'RegexInvalid', 'ObjectInvalid'],
  );
});

test('a serviceMap that cannot be read makes no ticket wrong', t => {
  const { denials } = review(
    ingressOf({ annotations: { 'sluice.dev/tickets': '{"percent":5,"to":"beta"}', [SERVICE_CONFIG]: '{' } }),
  );
  t.deepEqual(denials.map(codeAndField), [`ServiceConfigInvalid ${CONFIG}`]);
});
