import test from 'ava';
import { type IngressParts, ingressOf, type ReviewParts, review, ruleOf } from '../../helpers/admission.ts';
import { service, tcpPort } from '../../helpers/kubernetes-objects.ts';

const NGINX = 'nginx.ingress.kubernetes.io';
const TICKETS = 'metadata.annotations[sluice.dev/tickets]';
const BACKEND = 'spec.rules[0].http.paths[0].backend';

const annotated = (name: string, value: string): IngressParts => ({ annotations: { [name]: value } });
const tickets = (value: unknown): IngressParts => annotated('sluice.dev/tickets', JSON.stringify(value));
const services = (...list: readonly ReturnType<typeof service>[]): ReviewParts => ({
  view: { service: (_, name) => list.find(({ metadata }) => metadata.name === name) },
});
const resource: IngressParts = {
  rules: [
    {
      host: 'taobao.com',
      http: {
        paths: [{ path: '/', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'static' } } }],
      },
    },
  ],
};

type Row = readonly [title: string, parts: IngressParts, review: ReviewParts, warnings: readonly string[]];

const WARNINGS: readonly Row[] = [
  ['a Service that is there', {}, services(service('web')), []],
  [
    'a Service that is not there',
    {},
    services(),
    [`${BACKEND}: Service "web" does not exist; requests get 503 until it does.`],
  ],
  [
    'a port that is not there',
    {},
    services(service('web', { ports: [tcpPort(8080, { name: 'http' }), tcpPort(9090)] })),
    [`${BACKEND}: Service "web" has no port 80; it has 8080 (http), 9090.`],
  ],
  [
    'a default backend that is not there',
    { rules: [], spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } } } },
    services(),
    ['spec.defaultBackend: Service "web" does not exist; requests get 503 until it does.'],
  ],
  [
    'an ExternalName Service',
    {},
    services(service('web', { type: 'ExternalName', selector: null })),
    [`${BACKEND}: Service "web" is an ExternalName and has no pods; requests get 503.`],
  ],
  [
    'a resource backend',
    resource,
    {},
    [`${BACKEND}: a resource backend (Bucket static) is not served; use a Service.`],
  ],
  [
    'a route that another Ingress of the namespace serves',
    {},
    {
      view: {
        routeHolder: ({ domain, path }, except) =>
          domain === 'taobao.com' && path === '/' && except === 'web' ? 'older' : undefined,
      },
    },
    [
      'spec.rules[0].http.paths[0].path: "taobao.com/" stands in Ingress "older" too; the older one serves it.',
    ],
  ],
  [
    'an expired ticket',
    tickets({ percent: 5, expires: '2026-05-31T23:59:59Z' }),
    {},
    [
      `${TICKETS}: this ticket never matches: it expired at 2026-05-31T23:59:59.000Z; remove it, or set a later "expires"`,
    ],
  ],
  ['a ticket that expires later', tickets({ percent: 5, expires: '2026-06-01T00:00:01Z' }), {}, []],
  [
    'percent 0',
    tickets({ percent: 0 }),
    {},
    [`${TICKETS}: this ticket never matches: its percent is 0; raise it, or remove the ticket`],
  ],
  [
    'a ticket for the edge without ready pods',
    tickets({ percent: 5 }),
    { view: { readyEdgeEndpoints: () => 0 } },
    ['edge Service "web-edge" of "web" has no ready pods: tickets lead to stable pods until it has.'],
  ],
  [
    'a ticket for the edge without ready pods, where that is 503',
    { annotations: { 'sluice.dev/tickets': '{"percent":5}', 'sluice.dev/on-empty-edge': 'unavailable' } },
    { view: { readyEdgeEndpoints: () => 0 } },
    ['edge Service "web-edge" of "web" has no ready pods: tickets lead to 503 until it has.'],
  ],
  ['an edge without ready pods that no ticket leads to', {}, { view: { readyEdgeEndpoints: () => 0 } }, []],
  ['an edge with a ready pod', tickets({ percent: 5 }), { view: { readyEdgeEndpoints: () => 1 } }, []],
  [
    'annotations of ingress-nginx that are not implemented',
    { annotations: { [`${NGINX}/proxy-buffering`]: '8m', [`${NGINX}/limit-rate`]: '5' } },
    {},
    [
      `${NGINX}/limit-rate is not implemented and changes nothing.`,
      `${NGINX}/proxy-buffering is not implemented and changes nothing.`,
    ],
  ],
  [
    'annotations of ours that nobody reads',
    {
      annotations: {
        'sluice.dev/ticket': '{}',
        'sluice.dev/canary': '5',
        'sluice.dev/edge-selector': 'track=edge',
        'sluice.dev/allowed-hosts': '*.taobao.com',
      },
    },
    {},
    [
      'sluice.dev/allowed-hosts changes nothing on an Ingress; write it on the Namespace.',
      'sluice.dev/canary is unknown and changes nothing.',
      'sluice.dev/edge-selector changes nothing on an Ingress; write it on the Service.',
      'sluice.dev/ticket is unknown and changes nothing; did you mean "sluice.dev/tickets"?',
    ],
  ],
  [
    'annotations of ours that are read',
    {
      annotations: {
        'sluice.dev/aliases': 'taobao.cn',
        'sluice.dev/edge-services': '{"web":"web-edge"}',
        'sluice.dev/on-empty-edge': 'stable',
        'sluice.dev/paused': 'false',
        'sluice.dev/rewrite': 'on',
        'sluice.dev/request-headers': '{"remove":["X-Debug"]}',
        'sluice.dev/response-headers': '{"remove":["Server"]}',
        'sluice.dev/service-config': '{}',
      },
    },
    { options: { annotation: 'sluice.dev/service-config' } },
    [],
  ],
  ['annotations of anybody else', annotated('example.com/note', 'x'), {}, []],
  [
    'a certificate for a host of no rule',
    { spec: { tls: [{ hosts: ['taobao.com', 'tmall.com'] }] } },
    {},
    ['spec.tls[0].hosts[1]: no rule serves "tmall.com"; add a rule or an alias (sluice.dev/aliases).'],
  ],
  [
    'a certificate for a wildcard and an alias',
    { ...annotated('sluice.dev/aliases', 'taobao.cn'), spec: { tls: [{ hosts: ['*.com', 'taobao.cn'] }] } },
    {},
    [],
  ],
  [
    'a backend whose edge would be a backend',
    { rules: [ruleOf('taobao.com', {}, { path: '/next', service: 'web-edge' })] },
    {},
    [
      '"web" gets no edge Service: "web-edge" is a backend of this Ingress already. Name an edge of another name in sluice.dev/edge-services.',
    ],
  ],
];

const warned = test.macro({
  exec(t, [, parts, reviewParts, warnings]: Row) {
    const answer = review(ingressOf(parts), reviewParts);
    t.deepEqual(answer.denials, []);
    t.deepEqual(answer.warnings, warnings);
  },
  title: (_, [title, , , warnings]: Row) => `${warnings.length === 0 ? 'no warning' : 'warning'}: ${title}`,
});

for (const row of WARNINGS) test(warned, row);

const SHADOWED: readonly (readonly [title: string, tickets: readonly unknown[], dead: readonly number[]])[] =
  [
    [
      'a narrower ticket behind a wider one',
      [{ header: { foo: 'bar' } }, { header: { foo: 'bar' }, method: ['GET'] }],
      [1],
    ],
    [
      'a wider ticket behind a narrower one',
      [{ header: { foo: 'bar' }, method: ['GET'] }, { header: { foo: 'bar' } }],
      [],
    ],
    [
      'no greater percent of the same hash',
      [
        { percent: 20, hashOn: 'cookie:u' },
        { percent: 20, hashOn: 'cookie:u' },
      ],
      [1],
    ],
    [
      'a greater percent of the same hash',
      [
        { percent: 20, hashOn: 'cookie:u' },
        { percent: 30, hashOn: 'cookie:u' },
      ],
      [],
    ],
    [
      'the same percent under another salt',
      [
        { percent: 20, hashOn: 'cookie:u', salt: 'a' },
        { percent: 20, hashOn: 'cookie:u', salt: 'b' },
      ],
      [],
    ],
  ];

for (const [title, list, dead] of SHADOWED) {
  test(`shadowed tickets: ${title}`, t => {
    const { warnings } = review(ingressOf(tickets(list)));
    t.deepEqual(
      warnings.map(line => line.split(':', 1)[0]),
      dead.map(index => `${TICKETS}[${index}]`),
    );
  });
}

test('what the intent replaces is warned of once, in the write that replaces it', t => {
  const both = ingressOf({
    annotations: {
      'sluice.dev/tickets': '{"percent":5}',
      [`${NGINX}/service-config`]: '{"drainage":{"tickets":{"percent":9}}}',
    },
  });
  const { warnings, object } = review(both);
  t.is(warnings.length, 1);
  t.true(warnings[0]?.startsWith('sluice.dev/tickets replaces the "tickets"'));
  t.deepEqual(review(object, { old: object }).warnings, []);
});
