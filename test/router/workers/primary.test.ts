import test from 'ava';
import { EMPTY_PLAN } from '../../../router/routing/plan-delta.ts';
import { RouteTable } from '../../../router/routing/table.ts';
import { Primary } from '../../../router/workers/primary.ts';
import type { ObjectSnapshot } from '../../../src/core/objects/objects.ts';
import { translate } from '../../../src/core/translate.ts';
import { outcomeOf, routedRequest } from '../../helpers/reference-router.ts';
import type { PlainRequest } from '../../helpers/request-facts.ts';
import { SnapshotSource } from '../../helpers/snapshot-source.ts';
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

const addressOf = (table: RouteTable, host: string, request: PlainRequest = {}): string => {
  const outcome = outcomeOf(table.decide(routedRequest(host, '/', request)), '/');
  return 'answer' in outcome ? outcome.answer : outcome.endpoints.join();
};

test('objects lead to the table: a ticket to edge, everybody else to stable, an alias alike', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  const source = new SnapshotSource();
  t.is(addressOf(table, 'taobao.com'), '404 NoHost');
  primary.update(source.look(shop()));
  t.is(addressOf(table, 'taobao.com'), '10.0.0.1 80');
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.9 80');
  t.is(addressOf(table, 'www.taobao.com', foo), '10.0.0.9 80');
  t.is(addressOf(table, 'jd.com'), '404 NoHost');
});

test('a changed ticket holds for the next request', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  const source = new SnapshotSource();
  primary.update(source.look(shop()));
  primary.update(source.look(shop({ config: { ...CONFIG, tickets: [] } })));
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.1 80');
  primary.update(source.look(shop({ annotations: { 'sluice.dev/paused': 'true' } })));
  t.is(addressOf(table, 'taobao.com', foo), '10.0.0.1 80');
  primary.update(source.look(shop()));
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
  const source = new SnapshotSource();
  const snapshot = together(mine, theirs);
  primary.update(source.look(snapshot));
  t.is(addressOf(table, 'taobao.com'), '10.0.0.1 80');
  const { reports } = primary.update(source.look(snapshot, new Map([['taobao.com', 'mall']])));
  t.is(addressOf(table, 'taobao.com'), '10.1.0.1 80');
  t.true(reports.some(({ reason, object }) => reason === 'HostTaken' && object.namespace === 'shop'));
});

test('a look at unchanged objects touches neither pools nor decisions', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  const source = new SnapshotSource();
  primary.update(source.look(shop()));
  const decision = table.decide(routedRequest('taobao.com', '/'));
  const pools = new Map(table.pools);
  primary.update(source.look(structuredClone(shop())));
  t.is(table.decide(routedRequest('taobao.com', '/')), decision);
  t.true([...pools].every(([id, pool]) => table.pools.get(id) === pool));
});

test('the plan in force can be read, and reports come with each look', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  const source = new SnapshotSource();
  t.deepEqual(primary.plan, EMPTY_PLAN);
  const { plan, reports } = primary.update(source.look(shop()));
  t.is(primary.plan, plan);
  t.deepEqual(
    reports.map(({ reason }) => reason),
    ['StableSelectorMatchesEdge'],
  );
});

test('when everything goes the table is empty again', t => {
  const table = new RouteTable();
  const primary = new Primary(WORLD_OPTIONS, table);
  const source = new SnapshotSource();
  primary.update(source.look(shop()));
  primary.update(source.look(together()));
  t.is(addressOf(table, 'taobao.com'), '404 NoHost');
  t.is(table.pools.size, 0);
});

test('after a bug in one look the next one starts over, and leads to the same table', t => {
  const table = new RouteTable();
  let isBroken = false;
  const sink = {
    apply: (delta: Parameters<RouteTable['apply']>[0]) => {
      if (isBroken) throw new TypeError('nobody expected this');
      table.apply(delta);
    },
  };
  const primary = new Primary(WORLD_OPTIONS, sink);
  const broken = storedIngress('broken', { rules: [rule('jd.com', path('/', 'cart'))] });
  const unreadable = Object.defineProperty({ ...broken }, 'rules', {
    get: () => {
      throw new TypeError('nobody expected this either');
    },
  });
  const source = new SnapshotSource(shop());
  primary.update(source);
  t.throws(() => primary.update(source.look(together(shop(), { ingresses: [unreadable] }))));
  t.is(addressOf(table, 'taobao.com'), '10.0.0.1 80');
  const { plan } = primary.update(source.look(together(shop(), { ingresses: [broken] })));
  t.is(addressOf(table, 'jd.com'), '10.0.0.1 80');
  t.deepEqual(plan, translate(source.snapshot, WORLD_OPTIONS).plan);
  isBroken = true;
  t.throws(() => primary.update(source.look(shop())));
});
