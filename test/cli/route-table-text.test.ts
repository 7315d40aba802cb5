import test from 'ava';
import { exampleRequests, routeTableLines, ticketLines } from '../../src/cli/route-table-text.ts';
import { hostKey } from '../../src/core/host-key.ts';
import type { Ingress } from '../../src/core/objects/ingress.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { translate } from '../../src/core/translate.ts';
import {
  application,
  path,
  rule,
  snapshot,
  storedIngress,
  together,
  WORLD_OPTIONS,
  type WrittenIngress,
} from '../helpers/stored-world.ts';

const URL = 'http://localhost:1';

const planOf = (...ingresses: readonly Ingress[]): RoutePlan =>
  translate(
    together(
      snapshot({ ingresses }),
      application('web', { stable: '10.0.0.1', edge: '10.0.0.2', beta: '10.0.0.3' }),
      application('old', { stable: '10.0.0.4' }),
    ),
    WORLD_OPTIONS,
  ).plan;

const shop = (tickets: unknown, parts: WrittenIngress = {}): Ingress =>
  storedIngress('shop', {
    rules: [rule(hostKey('a.com'), path('/', 'web'), path('/old', 'old', 'Exact'))],
    config: {
      hosts: { 'a.com': ['a.com'] },
      tickets,
      serviceMap: { web: { edge: 'web-edge', beta: 'web-beta' }, old: 'old-edge' },
    },
    ...parts,
  });

test('the table shows each route with its pods by track', t => {
  t.deepEqual(routeTableLines(planOf(shop({ header: { foo: 'bar' } }))), [
    'HOST   PATH    SERVICE  STABLE PODS  EDGE PODS               INGRESS',
    'a.com  = /old  old      1 ready      none ready              shop/shop',
    'a.com  /       web      1 ready      beta: 1 ready, 1 ready  shop/shop',
  ]);
});

test('the table shows paused routes, those that refuse, and those of all hosts', t => {
  const paused = shop({ header: { foo: 'bar' } }, { annotations: { 'sluice.dev/paused': 'true' } });
  t.true(routeTableLines(planOf(paused))[2]?.includes('1 ready (paused)'));
  const closed = storedIngress('closed', {
    annotations: { 'nginx.ingress.kubernetes.io/auth-url': 'http://auth' },
    rules: [rule('', path('/', 'web'))],
  });
  t.regex(routeTableLines(planOf(closed))[1] ?? '', /^\* +\/ +\(503\) +- +- +shop\/closed$/);
});

const withTcp = (
  annotations: Readonly<Record<string, string>>,
  ...ingresses: readonly Ingress[]
): RoutePlan => {
  const world = application('db', { stable: '10.0.0.1', edge: '10.0.0.2' });
  const services = (world.services ?? []).map(one =>
    one.metadata.name === 'db' ? { ...one, metadata: { ...one.metadata, annotations } } : one,
  );
  return translate(
    together(snapshot({ ingresses }), application('web', { stable: '10.0.0.3' }), { ...world, services }),
    WORLD_OPTIONS,
  ).plan;
};

const TCP = {
  'sluice.dev/tcp': '33306:80',
  'sluice.dev/tickets': '[{"sourceIP": ["10.1.0.0/16"]}, {"percent": 5}]',
};

test('TCP ports stand in a table of their own, alone where there is no route', t => {
  const ports = ['TCP PORT  SERVICE  STABLE PODS  EDGE PODS', '33306     shop/db  1 ready      1 ready'];
  t.deepEqual(routeTableLines(withTcp(TCP)), ports);
  const both = routeTableLines(
    withTcp(TCP, storedIngress('shop', { rules: [rule(hostKey('a.com'), path('/', 'web'))] })),
  );
  t.is(both.length, 4);
  t.deepEqual(both.slice(2), ports);
});

test('tickets on TCP are told by Service', t => {
  t.deepEqual(ticketLines(withTcp(TCP)), [
    'ticket 0 of Service shop/db: sourceIP in 10.1.0.0/16 -> edge',
    'ticket 1 of Service shop/db: percent 5 of requests -> edge',
  ]);
});

test('a thousand routes are not printed', t => {
  const many = storedIngress('many', {
    rules: Array.from({ length: 100 }, (_, i) => rule(`h${i}.example`, path('/', 'web'))),
  });
  const lines = routeTableLines(planOf(many));
  t.is(lines.length, 62);
  t.is(lines.at(-1), '… and 40 more routes');
});

test('tickets are told once for each Ingress, with every condition', t => {
  const tickets = [
    { header: { foo: 'bar' }, method: ['GET'] },
    { percent: 100, to: 'beta' },
  ];
  const lines = ticketLines(planOf(shop(tickets)));
  t.is(lines.length, 2);
  t.regex(lines[0] ?? '', /^ticket 0 of shop\/shop: (?=.*header foo = "bar")(?=.*GET).* -> edge$/);
  t.regex(lines[1] ?? '', /^ticket 1 of shop\/shop: .+ -> beta$/);
});

test('curl lines show a plain request and the first tickets of one header or cookie', t => {
  const tickets = [
    { percent: 5 },
    { header: { foo: 'bar' }, query: { a: 'b' } },
    { cookie: { uid: { in: ['7', '8'] } } },
    { header: { foo: { regex: 'x' } } },
    { header: { quote: "it's" } },
    { header: { foo: 'last' } },
  ];
  t.deepEqual(exampleRequests(planOf(shop(tickets)), URL), [
    `curl -H 'Host: a.com' ${URL}/`,
    `curl -H 'Host: a.com' -b 'uid=7' ${URL}/`,
    `curl -H 'Host: a.com' -H 'quote: it'\\''s' ${URL}/`,
  ]);
});

test('a path that a shell would take apart is quoted', t => {
  const odd = storedIngress('odd', { rules: [rule('a.com', path('/a&b', 'web'))] });
  t.deepEqual(exampleRequests(planOf(odd), URL), [`curl -H 'Host: a.com' '${URL}/a&b'`]);
});

test('without a host that can be asked there is nothing to show', t => {
  t.deepEqual(exampleRequests(planOf(), URL), []);
  t.deepEqual(
    exampleRequests(planOf(storedIngress('any', { rules: [rule('*.a.com', path('/', 'web'))] })), URL),
    [],
  );
});
