import test from 'ava';
import { planEdgeServices } from '../../src/core/edge-plan.ts';
import { withEdgeServices } from '../../src/core/edge-service.ts';
import { readIngress } from '../../src/core/ingress-reading.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import { RouteBackends } from '../../src/core/route-backends.ts';
import type { RouteAction } from '../../src/core/route-plan.ts';
import { metadata } from '../helpers/kubernetes-objects.ts';
import { application, storedIngress, together, WORLD_OPTIONS } from '../helpers/stored-world.ts';

const backendsOf = (edges: Readonly<Record<string, string>>): RouteBackends => {
  const snapshot = together(
    application('cart', { stable: '10.0.0.1', edge: '10.0.0.9', beta: '10.0.0.8' }),
    application('order', { stable: '10.0.0.2' }),
  );
  const mappings = Object.entries(edges).map(([track, edge]) => ({
    ingress: metadata('other'),
    stable: 'cart',
    track,
    edge,
  }));
  const plan = planEdgeServices({ services: snapshot.services, mappings });
  return new RouteBackends(
    { ...snapshot, services: withEdgeServices(snapshot.services, plan.services) },
    plan,
  );
};

const forwardTo = (pools: Readonly<Record<string, string>>): RouteAction => ({
  kind: 'forward',
  source: { namespace: 'shop', ingress: 'web', field: 'f' },
  service: 'cart',
  pools,
  tickets: [],
  paused: false,
  onEmptyEdge: 'stable',
  ownHost: 'taobao.com',
  rewriteTarget: null,
  balance: { kind: 'p2c' },
  affinity: null,
});

const addressesOf = (backends: RouteBackends, actions: readonly RouteAction[]) =>
  Object.fromEntries(
    backends
      .plan(actions, WORLD_OPTIONS.endpoints)
      .pools.map(({ id, endpoints }) => [id, endpoints.map(({ address }) => address)]),
  );

test('only pools that a route leads to are in the plan, sorted by id', t => {
  const backends = backendsOf({});
  const order = backends.stablePool('shop', 'order', 80);
  const cart = backends.stablePool('shop', 'cart', 80);
  backends.stablePool('shop', 'www', 80);
  const { pools } = backends.plan(
    [forwardTo({ stable: order }), forwardTo({ stable: cart })],
    WORLD_OPTIONS.endpoints,
  );
  t.deepEqual(
    pools.map(({ id }) => id),
    ['shop/cart:80', 'shop/order:80'],
  );
});

test('the stable pool leaves out the pods of every edge, whichever Ingress names it', t => {
  const backends = backendsOf({ edge: 'cart-edge', beta: 'cart-beta' });
  const stable = backends.stablePool('shop', 'cart', 80);
  t.deepEqual(addressesOf(backends, [forwardTo({ stable })]), { [stable]: ['10.0.0.1'] });
});

test('an edge has the pods of its track', t => {
  const backends = backendsOf({ edge: 'cart-edge', beta: 'cart-beta' });
  const stable = backends.stablePool('shop', 'cart', 80);
  const edge = backends.edgePool('shop', 'cart-edge', 80);
  t.deepEqual(addressesOf(backends, [forwardTo({ edge, stable })]), {
    [edge]: ['10.0.0.9'],
    [stable]: ['10.0.0.1'],
  });
});

test('a refused route needs no pool', t => {
  const source = { namespace: 'shop', ingress: 'web', field: 'f' };
  const { pools, reports } = backendsOf({}).plan(
    [{ kind: 'refuse', source, reason: 'closed' }],
    WORLD_OPTIONS.endpoints,
  );
  t.deepEqual([pools, reports], [[], []]);
});

test('the tracks of a Service are those that this Ingress maps it to and that are valid', t => {
  const tracksIn = (serviceMap: unknown): readonly string[] => {
    const ingress = storedIngress('web', { config: { serviceMap } });
    const context = { scope: scopeOf(WORLD_OPTIONS, []), annotation: WORLD_OPTIONS.annotation };
    const reading = readIngress(ingress, context);
    if (reading === null) throw new Error('every class is ours');
    return [...backendsOf({ edge: 'cart-edge' }).tracksOf(reading, 'cart').keys()];
  };
  t.deepEqual(tracksIn({ cart: 'cart-edge' }), ['edge']);
  t.deepEqual(tracksIn({ cart: { edge: 'cart-edge', beta: 'cart-beta' } }), ['edge']);
  t.deepEqual(tracksIn({ cart: 'another-edge' }), []);
  t.deepEqual(tracksIn({ order: 'order-edge' }), []);
  t.deepEqual(tracksIn(undefined), []);
});

test('a Service with our label is left out of stable although no serviceMap names it, unless it selects all of stable', t => {
  const snapshot = together(application('cart', { stable: '10.0.0.1', edge: '10.0.0.9' }));
  const { services: specs } = planEdgeServices({
    services: snapshot.services,
    mappings: [
      { ingress: metadata('web', { namespace: 'shop' }), stable: 'cart', track: 'edge', edge: 'cart-edge' },
    ],
  });
  const services = withEdgeServices(snapshot.services, specs);
  const unreadable = { services: [], edges: new Map(), reports: [] };
  const stableOf = (all: typeof services) => {
    const backends = new RouteBackends({ ...snapshot, services: all }, unreadable);
    return addressesOf(backends, [forwardTo({ stable: backends.stablePool('shop', 'cart', 80) })])[
      'shop/cart:80'
    ];
  };
  t.deepEqual(stableOf(services), ['10.0.0.1']);
  const [stable] = snapshot.services;
  const widened = services.map(service =>
    service.metadata.name === 'cart-edge' ? { ...service, selector: stable?.selector ?? null } : service,
  );
  t.deepEqual(stableOf(widened), ['10.0.0.1', '10.0.0.9']);
});
