import test from 'ava';
import { RouteTable } from '../../../router/routing/table.ts';
import { Primary } from '../../../router/workers/primary.ts';
import type { ObjectSnapshot } from '../../../src/core/objects/objects.ts';
import { outcomeOf, routedRequest } from '../../helpers/reference-router.ts';
import type { PlainRequest } from '../../helpers/request-facts.ts';
import {
  application,
  path,
  rule,
  storedIngress,
  together,
  WORLD_OPTIONS,
  type WrittenIngress,
} from '../../helpers/stored-world.ts';
import { foo } from '../../helpers/written-plan.ts';

const CONFIG = {
  hosts: { 'taobao.com': ['taobao.com', 'www.taobao.com'] },
  serviceMap: { cart: 'cart-edge' },
  tickets: [{ header: { foo: 'bar' } }],
};

const CART = application('cart', { stable: '10.0.0.1', edge: '10.0.0.9' });

const shop = (written: WrittenIngress = {}): ObjectSnapshot =>
  together(CART, {
    ingresses: [
      storedIngress('web', { rules: [rule('taobao.com', path('/', 'cart'))], config: CONFIG, ...written }),
    ],
  });

const NO_CLAIMS: ReadonlyMap<string, string> = new Map();

const addressOf = (table: RouteTable, host: string, request: PlainRequest = {}): string => {
  const outcome = outcomeOf(table.decide(routedRequest(host, '/', request)), '/');
  return 'answer' in outcome ? outcome.answer : outcome.endpoints.join();
};

test('objects lead to the table: a ticket to edge, everybody else to stable, an alias alike', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  t.is(addressOf(table, 'taobao.com'), '404 NoHost');
  primary.update({ snapshot: shop(), claims: NO_CLAIMS });
  t.is(addressOf(table, 'taobao.com'), '10.0.0.1 80');
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.9 80');
  t.is(addressOf(table, 'www.taobao.com', foo), '10.0.0.9 80');
  t.is(addressOf(table, 'jd.com'), '404 NoHost');
});

test('a changed ticket holds for the next request', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  primary.update({ snapshot: shop(), claims: NO_CLAIMS });
  primary.update({ snapshot: shop({ config: { ...CONFIG, tickets: [] } }), claims: NO_CLAIMS });
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.1 80');
  primary.update({ snapshot: shop({ annotations: { 'sluice.dev/paused': 'true' } }), claims: NO_CLAIMS });
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.1 80');
  primary.update({ snapshot: shop(), claims: NO_CLAIMS });
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.9 80');
});

test('a recorded claim of the source decides whose host it is', t => {
  const mine = shop({ createdMs: 1 });
  const theirs = together(application('cart', { stable: '10.1.0.1' }, 'mall'), {
    ingresses: [
      storedIngress('web', {
        namespace: 'mall',
        createdMs: 2,
        rules: [rule('taobao.com', path('/', 'cart'))],
      }),
    ],
  });
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  const snapshot = together(mine, theirs);
  primary.update({ snapshot, claims: NO_CLAIMS });
  t.is(addressOf(table, 'taobao.com'), '10.0.0.1 80');
  const { reports } = primary.update({ snapshot, claims: new Map([['taobao.com', 'mall']]) });
  t.is(addressOf(table, 'taobao.com'), '10.1.0.1 80');
  t.true(reports.some(({ reason, object }) => reason === 'HostTaken' && object.namespace === 'shop'));
});

test('a look at unchanged objects touches neither pools nor decisions', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  primary.update({ snapshot: shop(), claims: NO_CLAIMS });
  const decision = table.decide(routedRequest('taobao.com', '/'));
  const pools = new Map(table.pools);
  primary.update({ snapshot: structuredClone(shop()), claims: NO_CLAIMS });
  t.is(table.decide(routedRequest('taobao.com', '/')), decision);
  t.true([...pools].every(([id, pool]) => table.pools.get(id) === pool));
});

test('the plan in force can be read, and reports come with each look', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  t.deepEqual(primary.plan, { hosts: [], pools: [] });
  const { plan, reports } = primary.update({ snapshot: shop(), claims: NO_CLAIMS });
  t.is(primary.plan, plan);
  t.deepEqual(
    reports.map(({ reason }) => reason),
    ['StableSelectorMatchesEdge'],
  );
});

test('when everything goes the table is empty again', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  primary.update({ snapshot: shop(), claims: NO_CLAIMS });
  primary.update({ snapshot: together(), claims: NO_CLAIMS });
  t.is(addressOf(table, 'taobao.com'), '404 NoHost');
  t.is(table.pools.size, 0);
});
