import assert from 'node:assert/strict';
import test from 'ava';
import fc from 'fast-check';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { RouteTable } from '../../../router/routing/table.ts';
import { hostKey } from '../../../src/core/host-key.ts';
import type { RouteAction, RoutePlan } from '../../../src/core/route-plan.ts';
import { MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';
import { translate } from '../../../src/core/translate.ts';
import type { Translation } from '../../../src/core/translation/translation.ts';
import { planSequence } from '../../helpers/generated-plans.ts';
import { referenceOutcome, routedRequest } from '../../helpers/reference-router.ts';
import type { PlainRequest } from '../../helpers/request-facts.ts';
import {
  application,
  path,
  rule,
  storedIngress,
  together,
  WORLD_OPTIONS,
} from '../../helpers/stored-world.ts';
import {
  anyPath,
  brief,
  exact,
  foo,
  fooTicket,
  full,
  host,
  oneRoute,
  outcomeAt,
  planOf,
  prefix,
  regex,
  routesMacro,
  source,
  tableOf,
  to,
  tracks,
} from '../../helpers/written-plan.ts';

const routes = test.macro(routesMacro);

test(
  'an exact host beats a wildcard, a wildcard beats the rule for all hosts',
  routes,
  planOf([
    host('', anyPath('all')),
    host('*.taobao.com', anyPath('wild')),
    host('www.taobao.com', anyPath('www')),
  ]),
  [
    ['www.taobao.com', '/', 'www'],
    ['img.taobao.com', '/', 'wild'],
    ['a.img.taobao.com', '/', 'all'],
    ['taobao.com', '/', 'all'],
    ['.taobao.com', '/', 'all'],
    ['xtaobao.com', '/', 'all'],
    ['', '/', 'all'],
  ],
);

test(
  'a wildcard stands for exactly one label and no host is served that no Ingress names',
  routes,
  planOf([host('*.taobao.com', anyPath('wild')), host('taobao.com', anyPath('bare'))]),
  [
    ['x.taobao.com', '/', 'wild'],
    ['taobao.com', '/', 'bare'],
    ['a.b.taobao.com', '/', '404 NoHost'],
    ['.taobao.com', '/', '404 NoHost'],
    ['com', '/', '404 NoHost'],
    ['', '/', '404 NoHost'],
    ['10.0.0.1', '/', '404 NoHost'],
  ],
);

test(
  'a path that one host set misses never falls to another host set',
  routes,
  planOf([
    host('', anyPath('all'), to('all-default')),
    host('*.taobao.com', [[prefix('/wild'), to('wild')]], to('wild-default')),
    host('img.taobao.com', []),
    host('www.taobao.com', [[prefix('/cart'), to('cart')]]),
  ]),
  [
    ['www.taobao.com', '/cart', 'cart'],
    ['www.taobao.com', '/wild', '404 NoRoute'],
    ['www.taobao.com', '/', '404 NoRoute'],
    ['img.taobao.com', '/', '404 NoRoute'],
    ['x.taobao.com', '/wild', 'wild'],
    ['x.taobao.com', '/cart', 'wild-default'],
  ],
);

test(
  'a host key is no host: it is 404 even where a rule for all hosts would serve it',
  routes,
  planOf([host('', anyPath('all')), host('taobao.com', anyPath('taobao'))]),
  [
    [hostKey('taobao.com'), '/', '404 HostKey'],
    [hostKey('taobao.com', 'internal'), '/', '404 HostKey'],
    [hostKey('*.taobao.com'), '/', '404 HostKey'],
    [hostKey(''), '/', '404 HostKey'],
    [hostKey('taobao.com').slice(1), '/', 'all'],
    [`${hostKey('taobao.com')}.com`, '/', 'all'],
  ],
);

test(
  'the longest path wins, an exact one before a prefix, and a prefix ends at a path element',
  routes,
  planOf([
    host('taobao.com', [
      [prefix('/'), to('www')],
      [prefix('/cart'), to('cart')],
      [exact('/cart'), to('cart-exact')],
      [exact('/cart/'), to('cart-slash')],
      [prefix('/cart/new'), to('cart-new')],
      [prefix('/%E4%BA%A7'), to('utf8')],
    ]),
  ]),
  [
    ['taobao.com', '/cart', 'cart-exact'],
    ['taobao.com', '/cart/', 'cart-slash'],
    ['taobao.com', '/cart/x', 'cart'],
    ['taobao.com', '/cart//', 'cart'],
    ['taobao.com', '/cart/new', 'cart-new'],
    ['taobao.com', '/cart/new/', 'cart-new'],
    ['taobao.com', '/cart/newer', 'cart'],
    ['taobao.com', '/cartoon', 'www'],
    ['taobao.com', '/Cart', 'www'],
    ['taobao.com', '/cart%2Fnew', 'www'],
    ['taobao.com', '/%E4%BA%A7/1', 'utf8'],
    ['taobao.com', '/', 'www'],
  ],
);

test('an exact root matches nothing else', routes, planOf([host('taobao.com', [[exact('/'), to('home')]])]), [
  ['taobao.com', '/', 'home'],
  ['taobao.com', '//', '404 NoRoute'],
  ['taobao.com', '/x', '404 NoRoute'],
]);

test('the answer says why, in words for whoever reads it', t => {
  const refused: RouteAction = { kind: 'refuse', source, reason: 'Ingress shop/web is closed.' };
  const table = tableOf(planOf([host('taobao.com', [[prefix('/x'), refused]])]));
  const reasonOf = (name: string, at: string) => {
    const decision = table.decide(routedRequest(name, at));
    return decision.kind === 'answer' ? decision.reason : decision.kind;
  };
  t.is(reasonOf('taobao.com', '/x'), 'Ingress shop/web is closed.');
  t.regex(reasonOf('taobao.com', '/y'), /path/);
  t.regex(reasonOf('x.com', '/'), /host/);
  t.regex(reasonOf(hostKey('taobao.com'), '/'), /host key/);
});

const COSTLY = '(?:/?[ab])*/?a(?:/?[ab]){200}c';
const AB = Array.from({ length: 2000 }, (_, at) => (((at * 2654435761) >>> 16) % 2 === 0 ? '/a' : '/b')).join(
  '',
);

// The backend behind `/` may read `//` as `/`: what closes /admin must not be passed by making it long.
test('S12: a path that cannot be compared with a regex is refused, not led to what comes after it', t => {
  const plan = planOf([
    host('taobao.com', [
      [exact('/admin/exact/and/long'), to('exact')],
      [regex('/admin(/|$)'), to('admin')],
      [prefix('/'), to('open')],
    ]),
    host('plain.com', [[prefix('/'), to('open')]]),
  ]);
  const table = tableOf(plan);
  const long = `/admin${'/'.repeat(5000)}secret`;
  t.is(brief(outcomeAt(table, 'taobao.com', '/admin//secret'), ''), 'admin at /admin//secret');
  t.is(brief(outcomeAt(table, 'taobao.com', long), long), '414 PathTooCostly');
  t.is(brief(outcomeAt(table, 'taobao.com', '/x'), '/x'), 'open');
  t.is(brief(outcomeAt(table, 'plain.com', long), long), 'open');
  t.like(table.locate('taobao.com', long, new MatchingBudget()), { route: null, action: null });
});

test('a path whose regexes cost more than one request may is refused; others are not concerned', t => {
  const plan = planOf([
    host('taobao.com', [
      [regex(COSTLY), to('costly')],
      [regex('/admin'), to('admin')],
      [prefix('/'), to('open')],
    ]),
  ]);
  const table = tableOf(plan);
  t.is(brief(outcomeAt(table, 'taobao.com', AB), AB), '414 PathTooCostly');
  t.is(brief(outcomeAt(table, 'taobao.com', `/admin${AB}`), `/admin${AB}`), 'admin');
  t.is(brief(outcomeAt(table, 'taobao.com', '/a/b'), '/a/b'), 'open');
});

test('hostile regexes, as many as there may be, cost one request no more than its budget; the tickets left over do not match', t => {
  const written = [
    ...Array.from({ length: 62 }, (_, nth) => ({
      header: { x: { regex: `${COSTLY}${nth}` } },
      percent: 100,
    })),
    { header: { y: { regex: '^yes$' } } },
    { header: { z: 'yes' }, to: 'beta' },
  ];
  const table = tableOf(oneRoute(to('cart', { ...tracks, written })));
  const asked = (x: string, ...more: readonly (readonly [string, string])[]) => {
    const request = routedRequest('taobao.com', '/', {
      headers: [['x', x], ['X', x], ['y', 'yes'], ...more],
    });
    const decision = table.decide(request);
    t.true(request.matching.left >= 0);
    return [decision.kind === 'forward' ? decision.track : decision.code, request.matching.isExhausted];
  };
  t.deepEqual(asked('ab'), ['edge', false]);
  t.deepEqual(asked(AB), ['stable', true]);
  t.deepEqual(asked(AB, ['z', 'yes']), ['beta', true], 'what is no regex is asked as ever');
  t.deepEqual(asked('ab'), ['edge', false]);
});

test('locate names the host set and route that decide would take, before tickets', t => {
  const plan = planOf([
    host('*.taobao.com', [[prefix('/cart'), to('cart')]], to('www')),
    host('www.taobao.com', [[prefix('/cart'), to('cart')]]),
  ]);
  const table = tableOf(plan);
  const located = (name: string, at: string) => {
    const found = table.locate(name, at, new MatchingBudget());
    if (found === undefined) return undefined;
    const { action } = found;
    return [found.host, found.route?.match ?? null, action?.kind === 'forward' ? action.plan.service : null];
  };
  t.deepEqual(located('x.taobao.com', '/cart/1'), ['*.taobao.com', prefix('/cart'), 'cart']);
  t.deepEqual(located('x.taobao.com', '/'), ['*.taobao.com', null, 'www']);
  t.deepEqual(located('www.taobao.com', '/'), ['www.taobao.com', null, null]);
  t.is(located('taobao.com', '/'), undefined);
  t.is(located(hostKey('x.taobao.com'), '/cart'), undefined);
});

test('a pool that stays keeps its object and its endpoints, so that connections survive a change of routes', t => {
  const before = oneRoute(to('cart', { ...tracks, written: fooTicket }));
  const table = tableOf(before);
  const pool = table.pools.get('cart');
  const [endpoint] = pool?.endpoints ?? [];
  const after: RoutePlan = {
    ...EMPTY_PLAN,
    hosts: [host('www.taobao.com', anyPath('cart'))],
    pools: [
      {
        ...full('cart'),
        endpoints: [
          { address: '10.0.0.1', port: 80, pod: null },
          { address: '10.0.0.2', port: 80, pod: null },
        ],
      },
    ],
  };
  const edge = table.pools.get('edge');
  const edgeEndpoints = [...(edge?.endpoints ?? [])];
  table.apply(planDelta(before, after));
  t.is(table.pools.get('cart'), pool);
  t.is(pool?.endpoints[0], endpoint);
  t.false(endpoint?.retired);
  t.is(pool?.endpoints.length, 2);
  t.deepEqual([...table.pools.keys()], ['cart']);
  t.deepEqual(
    edgeEndpoints.map(({ retired }) => retired),
    [true],
  );
  t.is(brief(outcomeAt(table, 'taobao.com', '/'), '/'), '404 NoHost');
});

/** Applies one more plan; what must not have been touched is compared by identity. */
const applied = (table: RouteTable, before: RoutePlan, plan: RoutePlan): void => {
  const pools = new Map(table.pools);
  const endpoints = [...pools].map(([id, pool]) => [id, pool.endpoints] as const);
  table.apply(planDelta(before, plan));
  for (const [id, pool] of table.pools) if (pools.has(id)) assert.equal(pool, pools.get(id));
  for (const [id, known] of endpoints) {
    const now = table.pools.get(id)?.endpoints ?? [];
    for (const endpoint of known) assert.equal(endpoint.retired, !now.includes(endpoint));
  }
};

test('after any sequence of deltas the table decides like one built from scratch, and like the reference router', t => {
  const sequences = fc.property(planSequence, ({ plans, requests }) => {
    const table = new RouteTable();
    let before = EMPTY_PLAN;
    for (const plan of plans) {
      applied(table, before, plan);
      before = plan;
      const fresh = tableOf(plan);
      assert.deepEqual([...table.pools.keys()].sort(), [...fresh.pools.keys()].sort());
      for (const { host: name, path: at, request } of requests) {
        const expected = referenceOutcome(plan, routedRequest(name, at, request));
        assert.deepEqual(outcomeAt(fresh, name, at, request), expected);
        assert.deepEqual(outcomeAt(table, name, at, request), expected);
      }
    }
  });
  t.notThrows(() => fc.assert(sequences, { numRuns: 500 }));
});

/** The seed's trap: the Service selects by `app` alone, so its selector matches the edge pods too. */
const releaseOf = (state: {
  readonly tickets?: unknown;
  readonly paused?: string;
  readonly config?: string;
}) =>
  together(application('cart', { stable: '10.0.0.1', edge: '10.0.0.9' }), {
    ingresses: [
      storedIngress('web', {
        rules: [rule(hostKey('taobao.com'), path('/', 'cart'))],
        annotations: state.paused === undefined ? {} : { 'sluice.dev/paused': state.paused },
        config: state.config ?? {
          hosts: { 'taobao.com': ['taobao.com'] },
          serviceMap: { cart: 'cart-edge' },
          ...(state.tickets === undefined ? {} : { tickets: state.tickets }),
        },
      }),
    ],
  });

const endpointsFor = ({ plan }: Translation, request: PlainRequest): readonly string[] => {
  const outcome = outcomeAt(tableOf(plan), 'taobao.com', '/', request);
  return 'answer' in outcome ? [outcome.answer] : outcome.endpoints;
};

const STABLE_ONLY = ['10.0.0.1 80'];
const EDGE_ONLY = ['10.0.0.9 80'];

test('edge pods whose labels the stable selector matches too get 0 requests without a ticket: before the first ticket, after it expired, while paused', t => {
  const now = Date.UTC(2026, 0, 1);
  const ticket = { header: { foo: 'bar' }, expires: '2026-01-01T00:00:00Z' };
  const before = translate(releaseOf({}), WORLD_OPTIONS);
  const running = translate(releaseOf({ tickets: ticket }), WORLD_OPTIONS);
  const paused = translate(releaseOf({ tickets: ticket, paused: 'true' }), WORLD_OPTIONS);
  for (const [translation, request, expected] of [
    [before, {}, STABLE_ONLY],
    [before, { ...foo, nowMs: now - 1 }, STABLE_ONLY],
    [running, { nowMs: now - 1 }, STABLE_ONLY],
    [running, { ...foo, nowMs: now - 1 }, EDGE_ONLY],
    [running, { ...foo, nowMs: now }, STABLE_ONLY],
    [paused, { ...foo, nowMs: now - 1 }, STABLE_ONLY],
  ] as const) {
    t.deepEqual(endpointsFor(translation, request), expected);
  }
});
