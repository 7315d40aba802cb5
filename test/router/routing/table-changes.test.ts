import test from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import type { RouteTable } from '../../../router/routing/table.ts';
import type { RouteAction, RoutePlan } from '../../../src/core/route-plan.ts';
import type { CompiledTicket } from '../../../src/core/ticket/compiled-ticket.ts';
import { MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';
import { routedRequest } from '../../helpers/reference-router.ts';
import { exact, host, planOf, prefix, regex, source, tableOf, to } from '../../helpers/written-plan.ts';

const BAR = { header: { foo: { regex: '^bar' } } };
const EDGES = { edge: 'cart-edge#edge', stable: 'cart' };

/** As the workers get it: nothing of it is an object that they know. */
const change = (table: RouteTable, before: RoutePlan, after: RoutePlan): void =>
  table.apply(structuredClone(planDelta(before, after)));

const at = (table: RouteTable, name: string, path: string) => table.locate(name, path, new MatchingBudget());

const ticketsAt = (table: RouteTable, name: string, path: string): readonly CompiledTicket[] => {
  const action = at(table, name, path)?.action;
  return action?.kind === 'forward' ? action.branches.map(({ ticket }) => ticket) : [];
};

test('of a changed host the routes that did not change are not compiled again', t => {
  const old = to('cart', { pools: EDGES, written: [BAR] });
  const before = planOf([
    host(
      'taobao.com',
      [
        [prefix('/'), old],
        [regex('/(a|b)'), to('www')],
        [exact('/gone'), old],
      ],
      to('all'),
    ),
  ]);
  const after = planOf([
    host(
      'taobao.com',
      [
        [prefix('/'), old],
        [regex('/(a|b)'), to('www')],
        [exact('/new'), to('order')],
      ],
      to('all'),
    ),
  ]);
  const table = tableOf(before);
  const known = ['/', '/a', '/else'].map(path => at(table, 'taobao.com', path)?.action);
  change(table, before, after);
  t.deepEqual(
    ['/', '/a', '/else'].map(path => at(table, 'taobao.com', path)?.action === known.shift()),
    [true, true, true],
  );
  t.is(at(table, 'taobao.com', '/new')?.action?.kind, 'forward');
  t.is(at(table, 'taobao.com', '/gone')?.route?.match.kind, 'prefix');
});

test('a changed route and a changed default backend are compiled anew', t => {
  const planned = (service: string): RoutePlan =>
    planOf([host('taobao.com', [[exact('/'), to(service)]], to(`${service}-else`))]);
  const table = tableOf(planned('cart'));
  change(table, planned('cart'), planned('order'));
  const poolAt = (path: string): unknown => {
    const decision = table.decide(routedRequest('taobao.com', path));
    return decision.kind === 'forward' ? decision.pool.id : null;
  };
  t.deepEqual([poolAt('/'), poolAt('/x')], ['order', 'order-else']);
});

test('a host that went with its pool and comes back in the same words leads to the new pool', t => {
  const plan = planOf([host('taobao.com', [[prefix('/'), to('cart')]], to('cart'))]);
  const table = tableOf(plan);
  table.apply(planDelta(plan, EMPTY_PLAN));
  table.apply(planDelta(EMPTY_PLAN, plan));
  const decision = table.decide(routedRequest('taobao.com', '/'));
  t.true(decision.kind === 'forward' && decision.pool === table.pools.get('cart'));
  t.is(table.pools.get('cart')?.endpoints.length, 1);
});

test('a ticket is compiled once, however many hosts and paths have it, and whichever delta brings them', t => {
  const action = to('cart', { pools: EDGES, written: [BAR] });
  const before = planOf([
    host('taobao.com', [
      [prefix('/'), action],
      [prefix('/a'), { ...action }],
    ]),
  ]);
  const after = planOf([...before.hosts, host('www.taobao.com', [[prefix('/'), structuredClone(action)]])]);
  const table = tableOf(before);
  change(table, before, after);
  const found = [
    ...ticketsAt(table, 'taobao.com', '/'),
    ...ticketsAt(table, 'taobao.com', '/a'),
    ...ticketsAt(table, 'www.taobao.com', '/'),
  ];
  t.is(found.length, 3);
  t.is(new Set(found).size, 1);
});

test('a percent without salt is another ticket on each host, one with salt is the same', t => {
  const hashed = { percent: 5, hashOn: 'cookie:uid' };
  const plan = planOf(
    ['taobao.com', 'www.taobao.com'].map(name =>
      host(name, [
        [
          prefix('/'),
          to('cart', {
            pools: EDGES,
            ownHost: name,
            written: [
              hashed,
              { ...hashed, salt: 'all' },
              { percent: 5 },
              { percent: 5, sticky: { cookie: 'c' } },
            ],
          }),
        ],
      ]),
    ),
  );
  const table = tableOf(plan);
  const one = ticketsAt(table, 'taobao.com', '/');
  const other = ticketsAt(table, 'www.taobao.com', '/');
  t.deepEqual(
    one.map((ticket, at) => ticket === other[at]),
    [false, true, true, false],
  );
});

test('plain routes to one pool share their decisions', t => {
  const table = tableOf(
    planOf([
      host('taobao.com', [[prefix('/'), to('cart')]]),
      host('www.taobao.com', [
        [prefix('/'), to('cart')],
        [prefix('/a'), to('cart', { rewriteTarget: '/b' })],
      ]),
    ]),
  );
  const at = (name: string, path: string): unknown => table.decide(routedRequest(name, path));
  t.is(at('taobao.com', '/'), at('www.taobao.com', '/'));
  t.not(at('taobao.com', '/'), at('www.taobao.com', '/a'));
});

test('hosts whose routes come to the same share one compiled form, which goes with the last of them', t => {
  const from = (ingress: string): RouteAction => {
    const action = to('cart', { pools: EDGES, written: [BAR], ownHost: `${ingress}.com` });
    return { ...action, source: { ...source, ingress } };
  };
  const hosts = ['a', 'b', 'c'].map(name => host(`${name}.com`, [[prefix('/'), from(name)]], from(name)));
  const before = planOf(hosts);
  const table = tableOf(before);
  t.is(table.compiledHosts, 1);
  const changed = planOf([host('a.com', [[prefix('/'), to('www')]]), ...hosts.slice(1)]);
  change(table, before, changed);
  t.is(table.compiledHosts, 2);
  change(table, changed, planOf(hosts.slice(1, 2)));
  t.is(table.compiledHosts, 1);
  change(table, planOf(hosts.slice(1, 2)), EMPTY_PLAN);
  t.is(table.compiledHosts, 0);
});

test('routes with policies are shared by the hosts of one Ingress only', t => {
  const limited = (ingress: string): RouteAction => ({
    ...to('cart', {
      policies: [{ kind: 'limits', rates: [], connections: 8, exempt: [] }],
    }),
    source: { ...source, ingress },
  });
  const plan = planOf([
    host('a.com', [[prefix('/'), limited('one')]]),
    host('b.com', [[prefix('/'), limited('one')]]),
    host('c.com', [[prefix('/'), limited('other')]]),
  ]);
  t.is(tableOf(plan).compiledHosts, 2);
});
