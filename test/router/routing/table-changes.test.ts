import test from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import type { RouteTable } from '../../../router/routing/table.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import type { CompiledTicket } from '../../../src/core/ticket/compiled-ticket.ts';
import { MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';
import { routedRequest } from '../../helpers/reference-router.ts';
import { exact, host, planOf, prefix, regex, tableOf, to } from '../../helpers/written-plan.ts';

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
  t.is(at(table, 'taobao.com', '/new')?.action?.plan.kind, 'forward');
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
