import test from 'ava';
import { hostKey } from '../../src/core/host-key.ts';
import type { Namespace } from '../../src/core/objects/namespace.ts';
import { PROBLEM_CODES, type ProblemCode } from '../../src/core/problem.ts';
import {
  codeAndField,
  type IngressParts,
  ingressOf,
  type ReviewParts,
  review,
  ruleOf,
  SERVICE_CONFIG,
} from '../helpers/admission.ts';
import { namespace, service } from '../helpers/kubernetes-objects.ts';

const NGINX = 'nginx.ingress.kubernetes.io';
const at = (annotation: string): string => `metadata.annotations[${annotation}]`;
const TICKETS = at('sluice.dev/tickets');
const CONFIG = at(SERVICE_CONFIG);
const HOST = 'spec.rules[0].host';
const PATH = 'spec.rules[0].http.paths[0].path';

const annotated = (name: string, value: string): IngressParts => ({ annotations: { [name]: value } });
const tickets = (value: unknown): IngressParts => annotated('sluice.dev/tickets', JSON.stringify(value));
const config = (value: unknown): IngressParts => annotated(SERVICE_CONFIG, JSON.stringify(value));
const hosts = (...names: readonly (string | null)[]): IngressParts => ({
  rules: names.map(name => ruleOf(name)),
});
const path = (written: string, pathType = 'Prefix'): IngressParts => ({
  rules: [ruleOf('taobao.com', { path: written, pathType })],
});
const matcher = (value: unknown): IngressParts => tickets({ header: { foo: value } });
const edges = (value: unknown, ...services: readonly string[]): IngressParts => ({
  annotations: { 'sluice.dev/edge-services': JSON.stringify(value) },
  rules: [ruleOf('taobao.com', ...services.map(name => ({ path: `/${name}`, service: name })))],
});

const services = (...list: readonly ReturnType<typeof service>[]): ReviewParts => ({
  view: { service: (_, name) => list.find(({ metadata }) => metadata.name === name) },
});
const taken: ReviewParts = { view: { claimHolder: host => (host === 'taobao.com' ? 'tmall' : undefined) } };
const allowing = (hostList: string): ReviewParts => {
  const shop: Namespace = namespace('shop', { 'sluice.dev/allowed-hosts': hostList });
  return { view: { namespace: () => shop } };
};
const CATCH_ALL: ReviewParts = { options: { catchAllNamespaces: ['edge'] } };
const LONG = `${'a'.repeat(55)}.${'b'.repeat(51)}.com`;

type Row = readonly [code: ProblemCode, field: string, parts: IngressParts, review?: ReviewParts];

/** Minimal object -> its only problem. */
const DENIALS: readonly Row[] = [
  ['HostInvalid', HOST, hosts('not a host')],
  ['HostInvalid', HOST, hosts('taobao.com:80')],
  ['HostInvalid', HOST, hosts('10.0.0.1')],
  ['HostInvalid', HOST, hosts('a.*.com')],
  ['HostInvalid', at('sluice.dev/aliases'), annotated('sluice.dev/aliases', 'a_b.com')],
  ['HostInvalid', at('sluice.dev/aliases'), annotated('sluice.dev/aliases', hostKey('jd.com'))],
  ['HostInvalid', at(`${NGINX}/server-alias`), annotated(`${NGINX}/server-alias`, '~^www')],
  ['HostInvalid', `${CONFIG}.hosts["taobao.com"][0]`, config({ hosts: { 'taobao.com': ['a b'] } })],
  ['HostTooLong', HOST, hosts(LONG)],
  ['HostTaken', HOST, {}, taken],
  ['HostTaken', HOST, hosts(hostKey('taobao.com')), taken],
  [
    'HostTaken',
    at('sluice.dev/aliases'),
    { ...hosts('jd.com'), ...annotated('sluice.dev/aliases', 'taobao.com') },
    taken,
  ],
  [
    'HostTaken',
    `${CONFIG}.hosts`,
    { ...hosts('jd.com'), ...config({ hosts: { 'jd.com': ['taobao.com'] } }) },
    taken,
  ],
  ['HostNotAllowed', HOST, {}, allowing('*.shop.example')],
  ['HostNotAllowed', HOST, hosts('*.shop.example'), allowing('a.shop.example')],
  ['HostNotAllowed', HOST, {}, allowing('')],
  ['HostNotAllowed', HOST, hosts(null), CATCH_ALL],
  ['HostNotAllowed', `${CONFIG}.hosts`, config({ hosts: { 'taobao.com': ['taobao.com', ''] } }), CATCH_ALL],
  [
    'HostNotAllowed',
    'spec.defaultBackend',
    { rules: [], spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    CATCH_ALL,
  ],
  ['PathInvalid', PATH, path('cart')],
  ['PathInvalid', PATH, path('')],
  ['PathInvalid', PATH, path('/a b')],
  ['PathInvalid', PATH, path('/%zz')],
  ['PathInvalid', PATH, path('/%00')],
  ['PathInvalid', PATH, path('/a\\b')],
  ['PathInvalid', PATH, path('/..;/a')],
  ['PathInvalid', PATH, path('/a?b')],
  ['PathDuplicate', 'spec.rules[0].http.paths[1].path', { rules: [ruleOf('taobao.com', {}, {})] }],
  ['PathDuplicate', 'spec.rules[1].http.paths[0].path', hosts('taobao.com', 'TAOBAO.com.')],
  ['PathDuplicate', 'spec.rules[1].http.paths[0].path', hosts('taobao.com', hostKey('taobao.com'))],
  ['ServiceConfigInvalid', CONFIG, annotated(SERVICE_CONFIG, '{')],
  ['ServiceConfigInvalid', CONFIG, annotated(SERVICE_CONFIG, '[]')],
  ['ServiceConfigInvalid', CONFIG, annotated(SERVICE_CONFIG, `{"hosts":{}${' '.repeat(65_536)}}`)],
  ['ServiceConfigInvalid', `${CONFIG}.version`, config({ version: 1 })],
  [
    'ServiceConfigInvalid',
    `${CONFIG}.hosts["taobao.com"]`,
    config({ hosts: { 'taobao.com': 'taobao.com' } }),
  ],
  ['ServiceConfigInvalid', `${CONFIG}.drainage.ticket`, config({ drainage: { ticket: {} } })],
  ['ServiceConfigInvalid', `${CONFIG}.drainage.onEmptyEdge`, config({ drainage: { onEmptyEdge: '503' } })],
  [
    'ServiceConfigInvalid',
    `${CONFIG}.drainage.serviceMap.web`,
    config({ drainage: { serviceMap: { web: 5 } } }),
  ],
  [
    'ServiceConfigInvalid',
    `${CONFIG}.hosts`,
    config({ hosts: { 'taobao.com': Array.from({ length: 102 }, (_, i) => `a${i}.com`) } }),
  ],
  ['KeyMismatch', HOST, hosts(hostKey('taobao.com', 'of somebody else'))],
  ['KeyMismatch', HOST, hosts(`ff${hostKey('')}`)],
  ['KeyMismatch', HOST, hosts(hostKey(hostKey('taobao.com')))],
  ['KeyMismatch', `${CONFIG}.hosts["a b"]`, config({ hosts: { 'a b': ['taobao.com'] } })],
  ['TicketInvalid', `${TICKETS}.headers`, tickets({ headers: { foo: 'bar' }, percent: 5 })],
  ['TicketInvalid', `${TICKETS}.header.Connection`, tickets({ header: { Connection: 'x' } })],
  ['TicketInvalid', `${TICKETS}.header[":path"]`, tickets({ header: { ':path': 'x' } })],
  ['TicketInvalid', `${TICKETS}.header.close`, tickets({ header: { close: 'x' } })],
  ['TicketInvalid', `${TICKETS}.header.X-Forwarded-For`, tickets({ header: { 'X-Forwarded-For': 'x' } })],
  ['TicketInvalid', `${TICKETS}[1].percent`, tickets([{ percent: 1 }, { percent: 100.5 }])],
  [
    'TicketInvalid',
    `${TICKETS}.sticky`,
    tickets({ percent: 5, sticky: { cookie: 'a' }, hashOn: 'sourceIP' }),
  ],
  [
    'TicketInvalid',
    `${CONFIG}.drainage.tickets.weight`,
    config({ drainage: { tickets: { percent: 5, weight: 1 } } }),
  ],
  ['TicketInvalid', TICKETS, tickets(Array.from({ length: 65 }, (_, i) => ({ header: { foo: String(i) } })))],
  ['MatcherInvalid', `${TICKETS}.header.foo`, matcher(5)],
  ['MatcherInvalid', `${TICKETS}.header.foo`, matcher({ exact: 'a', prefix: 'b' })],
  ['MatcherInvalid', `${TICKETS}.header.foo.like`, matcher({ like: 'a' })],
  ['MatcherInvalid', `${TICKETS}.header.foo.in`, matcher({ in: [] })],
  ['RegexInvalid', `${TICKETS}.header.foo.regex`, matcher({ regex: '(?=a)' })],
  ['RegexInvalid', `${TICKETS}.header.foo.regex`, matcher({ regex: 'a'.repeat(513) })],
  ['RegexInvalid', `${TICKETS}.header.foo.regex`, matcher({ regex: '(a{100}){100}' })],
  [
    'RegexInvalid',
    PATH,
    { ...path('/cart(', 'ImplementationSpecific'), ...annotated(`${NGINX}/use-regex`, 'true') },
  ],
  ['TrackUnknown', `${TICKETS}.to`, tickets({ percent: 5, to: 'beta' })],
  ['TrackUnknown', `${TICKETS}[1].to`, tickets([{ percent: 5 }, { percent: 5, to: 'beta' }])],
  [
    'TrackUnknown',
    `${CONFIG}.drainage.tickets.to`,
    config({ drainage: { tickets: { percent: 5, to: 'beta' } } }),
  ],
  [
    'TrackUnknown',
    `${TICKETS}.to`,
    { annotations: { 'sluice.dev/tickets': '{"percent":5}', 'sluice.dev/edge-services': '{}' } },
  ],
  ['EdgeServiceInvalid', `${at('sluice.dev/edge-services')}.a`, edges({ a: 'a' }, 'a')],
  ['EdgeServiceInvalid', `${at('sluice.dev/edge-services')}.a`, edges({ a: 'b', b: 'c' }, 'a')],
  ['EdgeServiceInvalid', `${at('sluice.dev/edge-services')}.a`, edges({ a: 'b' }, 'a', 'b')],
  ['EdgeServiceInvalid', `${at('sluice.dev/edge-services')}.b`, edges({ a: 'x', b: 'x' }, 'a', 'b')],
  ['EdgeServiceInvalid', `${at('sluice.dev/edge-services')}.a`, edges({ a: 'No_Name' }, 'a')],
  ['EdgeServiceInvalid', `${at('sluice.dev/edge-services')}.a.stable`, edges({ a: { stable: 'x' } }, 'a')],
  [
    'EdgeServiceInvalid',
    `${CONFIG}.drainage.serviceMap.web`,
    {},
    services(service('web'), service('web-edge', { metadata: { labels: { 'sluice.dev/edge-of': 'www' } } })),
  ],
  [
    'EdgeServiceInvalid',
    `${CONFIG}.drainage.serviceMap.web`,
    {},
    services(service('web', { metadata: { labels: { 'sluice.dev/edge-of': 'www' } } })),
  ],
  [
    'EdgeServiceInvalid',
    `${CONFIG}.drainage.serviceMap.web`,
    {},
    services(service('web', { selector: { app: 'web', track: 'edge' } })),
  ],
  ['AnnotationInvalid', TICKETS, annotated('sluice.dev/tickets', '[{')],
  ['AnnotationInvalid', TICKETS, annotated('sluice.dev/tickets', 'a: &x 1\nb: *x')],
  ['AnnotationInvalid', at('sluice.dev/aliases'), annotated('sluice.dev/aliases', '{"jd.com":["a.com"]}')],
  [
    'AnnotationInvalid',
    at('sluice.dev/aliases'),
    { ...hosts('a.com', 'b.com'), ...annotated('sluice.dev/aliases', 'c.com') },
  ],
  ['AnnotationInvalid', at('sluice.dev/edge-services'), annotated('sluice.dev/edge-services', '[]')],
  ['AnnotationInvalid', at('sluice.dev/on-empty-edge'), annotated('sluice.dev/on-empty-edge', 'edge')],
  ['AnnotationInvalid', at('sluice.dev/paused'), annotated('sluice.dev/paused', 'yes')],
  ['AnnotationInvalid', at('sluice.dev/rewrite'), annotated('sluice.dev/rewrite', 'false')],
  ['AnnotationInvalid', at(`${NGINX}/use-regex`), annotated(`${NGINX}/use-regex`, 'yes')],
  ['AnnotationInvalid', at(`${NGINX}/canary`), annotated(`${NGINX}/canary`, 'yes')],
  ['AnnotationInvalid', at(`${NGINX}/rewrite-target`), annotated(`${NGINX}/rewrite-target`, 'x')],
  ...(
    [
      ['app-root', 'app'],
      ['permanent-redirect', 'www.taobao.com'],
      ['permanent-redirect-code', '200'],
      ['temporal-redirect', '//evil.example'],
      ['temporal-redirect-code', '404'],
      ['ssl-redirect', 'yes'],
      ['force-ssl-redirect', 'yes'],
      ['whitelist-source-range', 'off'],
      ['allowlist-source-range', '10.0.0.0/33'],
      ['denylist-source-range', ''],
      ['proxy-body-size', '8mb'],
      ['proxy-connect-timeout', '5s'],
      ['proxy-read-timeout', '0'],
      ['proxy-send-timeout', ''],
      ['enable-cors', 'on'],
      ['cors-allow-origin', 'a.com'],
      ['cors-allow-methods', 'GET;PUT'],
      ['cors-allow-headers', 'a b'],
      ['cors-expose-headers', ''],
      ['cors-allow-credentials', '1'],
      ['cors-max-age', '1h'],
      ['load-balance', 'least_conn'],
      ['upstream-hash-by', '$upstream_addr'],
      ['affinity', 'ip'],
      ['affinity-mode', 'sticky'],
      ['session-cookie-name', 'a b'],
      ['session-cookie-max-age', '1h'],
      ['session-cookie-expires', '0'],
      ['session-cookie-path', 'cart'],
      ['session-cookie-domain', 'a;b'],
      ['session-cookie-samesite', 'lazy'],
      ['session-cookie-secure', 'yes'],
      ['auth-type', 'basic'],
      ['auth-type', 'digest'],
      ['auth-secret', 'users'],
      ['auth-secret-type', 'map'],
      ['auth-realm', 'a"b'],
      ['satisfy', 'some'],
      ['limit-rps', 'x'],
      ['limit-rpm', '-1'],
      ['limit-connections', '1.5'],
      ['limit-burst-multiplier', '0'],
      ['limit-whitelist', 'office'],
      ['limit-allowlist', ''],
    ] as const
  ).map(
    ([name, value]): Row => [
      'AnnotationInvalid',
      at(`${NGINX}/${name}`),
      annotated(`${NGINX}/${name}`, value),
    ],
  ),
  ...(
    [
      ['auth-url', 'https://auth.example'],
      ['auth-tls-secret', 'shop/ca'],
      ['enable-modsecurity', 'true'],
      ['modsecurity-snippet', 'SecRuleEngine On'],
      ['server-snippet', 'location /admin { deny all; }'],
    ] as const
  ).map(
    ([name, value]): Row => [
      'AnnotationUnsupported',
      at(`${NGINX}/${name}`),
      annotated(`${NGINX}/${name}`, value),
    ],
  ),
  ...(['sluice.dev/request-headers', 'sluice.dev/response-headers'] as const).map(
    (name): Row => ['AnnotationInvalid', at(name), annotated(name, '{set: {Connection: close}}')],
  ),
  ['CanaryIngress', at(`${NGINX}/canary`), annotated(`${NGINX}/canary`, 'true')],
  ['ObjectInvalid', 'metadata.name', { metadata: { name: 'Not A Name' } }],
];

const denial = test.macro({
  exec(t, [code, field, parts, reviewParts]: Row) {
    const { denials } = review(ingressOf(parts), reviewParts);
    t.deepEqual(denials.map(codeAndField), [`${code} ${field}`]);
    t.regex(denials[0]?.message ?? '', /^[^\n]{20,}$/);
  },
  title: (prefix, [code, field, parts]: Row) =>
    `${prefix}: ${code} ${field} of ${JSON.stringify(parts).slice(0, 160)}`,
});

DENIALS.forEach((row, index) => {
  test(`denied ${index}`, denial, row);
});

/** What only Services are denied for (service-denials.test.ts). */
const OF_SERVICES: readonly ProblemCode[] = ['PortTaken', 'PortNotAllowed'];

test('the table has a row for every code', t => {
  const codes = new Set([...OF_SERVICES, ...DENIALS.map(([code]) => code)]);
  t.deepEqual(
    PROBLEM_CODES.filter(code => !codes.has(code)),
    [],
  );
});
