import fc from 'fast-check';
import { EMPTY_PLAN } from '../../router/routing/plan-delta.ts';
import type { Balance } from '../../src/core/balance.ts';
import { hostKey } from '../../src/core/host-key.ts';
import type { HostPlan, PathMatch, PoolPlan, RouteAction, RoutePlan } from '../../src/core/route-plan.ts';
import { comparePathMatch, pathIdentity } from '../../src/core/rule-path.ts';
import { parseTickets } from '../../src/core/ticket/ticket-grammar.ts';
import { fitted, type PlainRequest, plainRequest, writtenTicket } from './request-facts.ts';

// Few hosts, paths and pools, so that requests meet routes and successive plans share and lose parts.
const HOSTS = ['', 'taobao.com', 'www.taobao.com', '*.taobao.com', '*.com', 'a.www.taobao.com'];
const MATCHES: readonly PathMatch[] = [
  { kind: 'prefix', path: '/' },
  { kind: 'prefix', path: '/cart' },
  { kind: 'exact', path: '/cart' },
  { kind: 'exact', path: '/cart/' },
  { kind: 'prefix', path: '/cart/new' },
  { kind: 'exact', path: '/' },
  { kind: 'regex', pattern: '/ca' },
  { kind: 'regex', pattern: '/(cart|order)(.*)' },
  { kind: 'regex', pattern: '/[a-z]+/(\\d+)' },
];
const STABLE_POOLS = ['shop/cart:80', 'shop/order:80'];
const EDGE_POOLS = ['shop/cart-edge:80#edge', 'shop/cart-beta:80#edge'];
const ADDRESSES = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '2001:db8::1'];

const some = <T>(items: readonly T[], minLength = 0): fc.Arbitrary<readonly T[]> =>
  fc.subarray([...items], { minLength });

const pool = (id: string): fc.Arbitrary<PoolPlan> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant<PoolPlan>({ id, state: 'empty', endpoints: [] }) },
    {
      weight: 3,
      arbitrary: fc.record({
        id: fc.constant(id),
        state: fc.constantFrom('ready' as const, 'terminating' as const),
        endpoints: some(ADDRESSES, 1).map(addresses =>
          addresses.map(address => ({ address, port: 8080, pod: null })),
        ),
      }),
    },
  );

const source = { namespace: 'shop', ingress: 'web', field: 'spec.rules[0].http.paths[0]' };

type WrittenTicket = Readonly<Record<string, unknown>>;

const ticketed: fc.Arbitrary<WrittenTicket> = fc
  .record({
    ticket: writtenTicket,
    services: fc.option(some(['cart', 'order'], 1), { nil: undefined, freq: 3 }),
  })
  .map(({ ticket, services }) => (services === undefined ? ticket : { ...ticket, services }));

const forward = (tickets: readonly WrittenTicket[]): fc.Arbitrary<RouteAction> =>
  fc
    .record({
      service: fc.constantFrom('cart', 'order'),
      stable: fc.constantFrom(...STABLE_POOLS),
      edge: fc.constantFrom(undefined, ...EDGE_POOLS, ...EDGE_POOLS),
      beta: fc.constantFrom(undefined, ...EDGE_POOLS, ...EDGE_POOLS),
      tickets: some(tickets, 1),
      paused: fc.nat({ max: 4 }).map(n => n === 0),
      onEmptyEdge: fc.constantFrom('stable' as const, 'unavailable' as const),
      rewriteTarget: fc.constantFrom(null, null, '/new', '/x$2', '/$1/../$2'),
      balance: fc.constantFrom<Balance>({ kind: 'p2c' }, { kind: 'round_robin' }, { kind: 'ewma' }),
    })
    .map(({ stable, edge, beta, tickets: written, ...action }) => ({
      kind: 'forward',
      source,
      pools: {
        ...(beta === undefined ? {} : { beta }),
        ...(edge === undefined ? {} : { edge }),
        stable,
      },
      tickets: parseTickets(written, 'tickets').tickets,
      ownHost: 'taobao.com',
      affinity: null,
      ...action,
    }));

const action = (tickets: readonly WrittenTicket[]): fc.Arbitrary<RouteAction> =>
  fc.oneof(
    { weight: 9, arbitrary: forward(tickets) },
    { weight: 1, arbitrary: fc.constant<RouteAction>({ kind: 'refuse', source, reason: 'closed' }) },
  );

const host = (name: string, tickets: readonly WrittenTicket[]): fc.Arbitrary<HostPlan> =>
  fc
    .record({
      routes: fc.uniqueArray(fc.record({ match: fc.constantFrom(...MATCHES), action: action(tickets) }), {
        maxLength: 5,
        selector: ({ match }) => pathIdentity(match),
      }),
      fallback: fc.option(action(tickets)),
    })
    .map(({ routes, fallback }) => ({
      host: name,
      routes: routes.toSorted((a, b) => comparePathMatch(a.match, b.match)),
      fallback,
    }));

const poolIdsOf = ({ routes, fallback }: HostPlan): readonly string[] =>
  [...routes.map(route => route.action), ...(fallback === null ? [] : [fallback])].flatMap(each =>
    each.kind === 'forward' ? Object.values(each.pools) : [],
  );

/** A plan as `translate` makes them: sorted, with exactly the pools that its routes name. */
export const planWith = (tickets: readonly WrittenTicket[]): fc.Arbitrary<RoutePlan> =>
  some(HOSTS, 3)
    .chain(names => fc.tuple(...names.toSorted().map(name => host(name, tickets))))
    .chain(hosts => {
      const ids = [...new Set(hosts.flatMap(poolIdsOf))].sort();
      return fc.tuple(...ids.map(pool)).map(pools => ({ ...EMPTY_PLAN, hosts, pools }));
    });

const SERVED_HOSTS = [...HOSTS.filter(name => !name.startsWith('*')), 'x.taobao.com', 'y.com'];
const ODD_HOSTS = ['x.y.taobao.com', '.taobao.com', 'com', hostKey('taobao.com'), hostKey('', 'internal')];
const REQUEST_PATHS = [
  '/',
  '/cart',
  '/cart/',
  '/cart/new',
  '/cart/new/1',
  '/cartoon',
  '/CART/7',
  '/order/a.b',
  '/x/7',
];

export type PlacedRequest = { readonly host: string; readonly path: string; readonly request: PlainRequest };

/** A request for one of the hosts and paths above or beside them, most of them made to fit a ticket. */
export const requestFor = (tickets: readonly WrittenTicket[]): fc.Arbitrary<PlacedRequest> =>
  fc
    .record({
      host: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...SERVED_HOSTS) },
        { weight: 1, arbitrary: fc.constantFrom(...ODD_HOSTS) },
      ),
      path: fc.constantFrom(...REQUEST_PATHS),
      request: plainRequest,
      ticket: fc.constantFrom(undefined, ...tickets, ...tickets),
    })
    .map(({ request, ticket, ...place }) => ({
      ...place,
      request: ticket === undefined ? request : fitted(request, ticket),
    }));

/** Plans that follow one another and requests to compare them by, over the same tickets. */
export const planSequence = fc.array(ticketed, { minLength: 1, maxLength: 3 }).chain(tickets =>
  fc.record({
    plans: fc.array(planWith(tickets), { minLength: 1, maxLength: 4 }),
    requests: fc.array(requestFor(tickets), { minLength: 8, maxLength: 8 }),
  }),
);
