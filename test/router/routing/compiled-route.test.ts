import test from 'ava';
import { routedRequest } from '../../helpers/reference-router.ts';
import type { PlainRequest } from '../../helpers/request-facts.ts';
import {
  exact,
  foo,
  fooTicket,
  host,
  oneRoute,
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
  'a regex is anchored at the start, open at the end, blind to case, and the longest is tried first',
  routes,
  planOf([
    host('taobao.com', [
      [regex('/item/'), to('item')],
      [regex('/item/\\d+'), to('number')],
      [regex('/item/\\d+$'), to('only-number')],
    ]),
  ]),
  [
    ['taobao.com', '/item/7', 'only-number'],
    ['taobao.com', '/ITEM/7', 'only-number'],
    ['taobao.com', '/item/7/x', 'number'],
    ['taobao.com', '/item/x', 'item'],
    ['taobao.com', '/x/item/7', '404 NoRoute'],
  ],
);

test(
  'rewrite-target puts groups together, and what comes out is a path like any other',
  routes,
  planOf([
    host('taobao.com', [
      [regex('/app(/|$)(.*)'), to('app', { rewriteTarget: '/$2' })],
      [regex('/(.)dots(.)'), to('dots', { rewriteTarget: '/safe/$1$2/x' })],
      [regex('/pct/(.*)'), to('pct', { rewriteTarget: '/a%2$1' })],
      [regex('/(a)|/(b)'), to('either', { rewriteTarget: '/$1-$2' })],
      [regex('/semi(.*)'), to('semi', { rewriteTarget: '/.$1' })],
      [prefix('/old'), to('old', { rewriteTarget: '/new' })],
      [exact('/group'), to('group', { rewriteTarget: '/x$1y' })],
    ]),
  ]),
  [
    ['taobao.com', '/app/cart/1', 'app at /cart/1'],
    ['taobao.com', '/app', 'app at /'],
    ['taobao.com', '/.dots.', 'dots at /x'],
    ['taobao.com', '/pct/E', 'pct at /a.'],
    ['taobao.com', '/pct/fx', 'pct at /a%2Fx'],
    ['taobao.com', '/pct/0x', 'pct at /a%20x'],
    // `%2x` is no triplet: the path goes on as it came.
    ['taobao.com', '/pct/x', 'pct'],
    ['taobao.com', '/a', 'either at /a-'],
    ['taobao.com', '/b', 'either at /-b'],
    ['taobao.com', '/old/x', 'old at /new'],
    ['taobao.com', '/group', 'group at /xy'],
    // `/.;` would be refused from a client, so no rewrite makes it either.
    ['taobao.com', '/semi;x', 'semi'],
  ],
);

test(
  'the first ticket that matches decides the track; nobody without one leaves stable',
  routes,
  oneRoute(
    to('cart', {
      ...tracks,
      written: [
        { header: { foo: 'bar' }, cookie: { vip: '1' }, to: 'beta' },
        { header: { foo: 'bar' } },
        { query: { t: 'x' }, to: 'stable' },
        { percent: 100, method: ['POST'] },
      ],
    }),
  ),
  [
    ['taobao.com', '/', 'cart'],
    ['taobao.com', '/', 'edge as edge', foo],
    [
      'taobao.com',
      '/',
      'beta as beta',
      {
        headers: [
          ['foo', 'bar'],
          ['cookie', 'vip=1'],
        ],
      },
    ],
    ['taobao.com', '/', 'cart', { query: 't=x', method: 'POST' }],
    ['taobao.com', '/', 'edge as edge', { method: 'POST' }],
  ],
);

test(
  'a ticket whose track the Service lacks is passed over, and the next one is tried',
  routes,
  oneRoute(
    to('cart', {
      pools: { edge: 'edge', stable: 'cart' },
      // `constructor` is a track name like any other, and every JavaScript object has it.
      written: [
        { ...fooTicket, to: 'gamma' },
        { ...fooTicket, to: 'constructor' },
        { ...fooTicket, to: 'edge' },
      ],
    }),
  ),
  [['taobao.com', '/', 'edge as edge', foo]],
);

test(
  'a ticket for some Services does not hold for others',
  routes,
  planOf([
    host('taobao.com', [
      [
        prefix('/cart'),
        to('cart', {
          pools: { edge: 'cart-edge', stable: 'cart' },
          written: { ...fooTicket, services: ['cart'] },
        }),
      ],
      [
        prefix('/order'),
        to('order', {
          pools: { edge: 'order-edge', stable: 'order' },
          written: { ...fooTicket, services: ['cart'] },
        }),
      ],
    ]),
  ]),
  [
    ['taobao.com', '/cart', 'cart-edge as edge', foo],
    ['taobao.com', '/order', 'order', foo],
  ],
);

test(
  'an expired ticket holds until the very millisecond of its expiry',
  routes,
  oneRoute(to('cart', { ...tracks, written: { ...fooTicket, expires: '2026-01-01T00:00:00Z' } })),
  [
    ['taobao.com', '/', 'edge as edge', { ...foo, nowMs: Date.UTC(2026, 0, 1) - 1 }],
    ['taobao.com', '/', 'cart', { ...foo, nowMs: Date.UTC(2026, 0, 1) }],
  ],
);

test(
  'a paused Ingress leads everybody to stable and keeps its tickets',
  routes,
  oneRoute(to('cart', { ...tracks, paused: true, written: [fooTicket, { percent: 100 }] })),
  [['taobao.com', '/', 'cart', foo]],
);

test(
  'an empty edge falls back to stable, and that can be told from a request without a ticket',
  routes,
  oneRoute(to('cart', { ...tracks, written: fooTicket }), ['edge']),
  [
    ['taobao.com', '/', 'cart fellBack', foo],
    ['taobao.com', '/', 'cart'],
  ],
);

test(
  'an empty edge is 503 where the Ingress says unavailable, and only for those with a ticket',
  routes,
  oneRoute(to('cart', { ...tracks, onEmptyEdge: 'unavailable', written: fooTicket }), ['edge']),
  [
    ['taobao.com', '/', '503 NoEndpoint', foo],
    ['taobao.com', '/', 'cart'],
  ],
);

test(
  'a full edge goes on when stable is empty, and nobody without a ticket is led to it',
  routes,
  oneRoute(to('cart', { ...tracks, written: fooTicket }), ['cart']),
  [
    ['taobao.com', '/', 'edge as edge', foo],
    ['taobao.com', '/', '503 NoEndpoint'],
  ],
);

test(
  'with both pools empty there is no endpoint',
  routes,
  oneRoute(to('cart', { ...tracks, written: fooTicket }), ['cart', 'edge']),
  [
    ['taobao.com', '/', '503 NoEndpoint', foo],
    ['taobao.com', '/', '503 NoEndpoint'],
  ],
);

test(
  'a refused route answers 503, its fallback too, and its neighbours go on',
  routes,
  planOf([
    host(
      'taobao.com',
      [
        [prefix('/closed'), { kind: 'refuse', source, reason: 'auth-url' }],
        [prefix('/open'), to('open')],
      ],
      { kind: 'refuse', source, reason: 'auth-url' },
    ),
  ]),
  [
    ['taobao.com', '/closed', '503 Refused'],
    ['taobao.com', '/', '503 Refused'],
    ['taobao.com', '/open', 'open'],
  ],
);

test('the track that answers is told upstream: stable after a fallback', t => {
  const plan = oneRoute(
    to('cart', { ...tracks, written: [{ ...fooTicket, to: 'beta' }, { percent: 100 }] }),
    ['beta'],
  );
  const lineOf = (request: PlainRequest) => {
    const decision = tableOf(plan).decide(routedRequest('taobao.com', '/', request));
    return decision.kind === 'forward' ? decision.trackLine : decision.kind;
  };
  t.is(lineOf({}), 'x-sluice-track: edge\r\n');
  t.is(lineOf(foo), 'x-sluice-track: stable\r\n');
});

test('decisions are made beforehand: equal requests get the same object', t => {
  const table = tableOf(oneRoute(to('cart', { ...tracks, written: fooTicket }), ['beta']));
  for (const request of [{}, foo]) {
    const first = table.decide(routedRequest('taobao.com', '/', request));
    t.is(table.decide(routedRequest('taobao.com', '/x', request)), first);
  }
});
