import test from 'ava';
import type { RoutedRequest } from '../../../router/routing/decision.ts';
import { type FramingOrigin, startFramingOrigin } from '../../helpers/framing-origin.ts';
import { type OnePoolRouter, startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { host, planOf, prefix, tableOf, to } from '../../helpers/written-plan.ts';

/** What the router makes of a target: the target that is forwarded, or 400. */
type Row = readonly [target: string, forwarded: string | 400];

/** After HAProxy's normalize_uri cases: what it normalizes step by step and on request, here by DESIGN 7 always. */
const SLASHES: readonly Row[] = [
  ['/foo/bar', '/foo/bar'],
  ['/foo//bar', '/foo//bar'],
  ['/foo///bar', '/foo///bar'],
  ['///foo///bar', '///foo///bar'],
  ['///foo/bar', '///foo/bar'],
  ['///foo///bar///', '///foo///bar///'],
  ['///', '///'],
  ['/foo?bar=///', '/foo?bar=///'],
  ['//foo?bar=///', '//foo?bar=///'],
];
const DOT_DOTS: readonly Row[] = [
  ['/foo/..', '/'],
  ['/foo/../', '/'],
  ['/foo/bar/..', '/foo/'],
  ['/foo/bar/../', '/foo/'],
  ['/foo/../bar', '/bar'],
  ['/foo/../bar/', '/bar/'],
  ['/foo/../../bar/', '/bar/'],
  ['/foo//../../bar/', '/bar/'],
  ['/foo/?bar=/foo/../', '/foo/?bar=/foo/../'],
  ['/foo/../?bar=/foo/../', '/?bar=/foo/../'],
  ['/../../..', '/'],
  ['/..', '/'],
  ['/...', '/...'],
  ['/..foo/foo..', '/..foo/foo..'],
];
const DOTS: readonly Row[] = [
  ['/', '/'],
  ['/a/b', '/a/b'],
  ['/.', '/'],
  ['/./', '/'],
  ['/a/.', '/a/'],
  ['/a.', '/a.'],
  ['/.a', '/.a'],
  ['/a/./', '/a/'],
  ['/a/./a', '/a/a'],
  ['/a/././a', '/a/a'],
  ['/a/../a', '/a'],
  ['/?a=/./', '/?a=/./'],
];
const QUERIES: readonly Row[] = [
  ['/?a=a', '/?a=a'],
  ['/?a=a&z=z', '/?a=a&z=z'],
  ['/?z=z&a=a', '/?z=z&a=a'],
  ['/?a=z&z=a', '/?a=z&z=a'],
  ['/?z=a&a=z', '/?z=a&a=z'],
  ['/?c&b&a&z&x&y', '/?c&b&a&z&x&y'],
  ['/?a=&aa=&aaa=&aaaa=', '/?a=&aa=&aaa=&aaaa='],
  ['/?aaaa=&a=&aa=&aaa=', '/?aaaa=&a=&aa=&aaa='],
  ['/?a=5&a=3&a=1&a=2&a=4', '/?a=5&a=3&a=1&a=2&a=4'],
  ['/?a=5&b=3&a=1&a=2&b=4', '/?a=5&b=3&a=1&a=2&b=4'],
  ['/?', '/?'],
];
const PERCENTS: readonly Row[] = [
  ['/a?a=a', '/a?a=a'],
  ['/%aa?a=%aa', '/%AA?a=%aa'],
  ['/%zz?a=%zz', 400],
  ['/a?a=%zz', '/a?a=%zz'],
  ['/%61?%61=%61', '/a?%61=%61'],
  ['/%3F?foo=bar', '/%3F?foo=bar'],
  ['/%%36%36', 400],
  ['/%', 400],
  ['/%6', 400],
  ['/%2561', '/%2561'],
  ['/%7E%2D%5f%2e', '/~-_.'],
];
const FRAGMENTS: readonly Row[] = [
  ['/#foo', 400],
  ['/%23foo', '/%23foo'],
  ['/#foo/#foo', 400],
  ['/?a#b', 400],
  ['#', 400],
];
/** Ways past a rule for /cart or /admin that worked elsewhere: Traefik CVE-2025-32431, -66490, #11746; Envoy CVE-2019-9901, 2021-29492, 2021-32779, 2026-73511. */
const BYPASSES: readonly Row[] = [
  ['/cart/../admin', '/admin'],
  ['/cart/%2e%2e/admin', '/admin'],
  ['/cart/%2E./admin', '/admin'],
  ['/cart/.%2e/admin', '/admin'],
  ['/cart/%2e/admin', '/cart/admin'],
  ['/cart/..;/admin', 400],
  ['/cart/.;/admin', 400],
  ['/cart/..;a=b/admin', 400],
  ['/cart/%2e%2e;/admin', 400],
  ['/cart/..%3b/admin', '/cart/..%3B/admin'],
  ['/cart;/admin', '/cart;/admin'],
  ['/cart;a=b/../admin', '/admin'],
  ['/admin;x', '/admin;x'],
  ['//admin', '//admin'],
  ['//admin/..', '//'],
  ['/.//admin', '//admin'],
  ['/cart/..//admin', '//admin'],
  ['/cart%2fadmin', '/cart%2Fadmin'],
  ['/cart%2f..%2fadmin', '/cart%2F..%2Fadmin'],
  ['/cart/..%2fadmin', '/cart/..%2Fadmin'],
  ['/%2e%2e%2fadmin', '/..%2Fadmin'],
  ['/%252e%252e/admin', '/%252e%252e/admin'],
  ['/cart%5c..%5cadmin', '/cart%5C..%5Cadmin'],
  ['/cart\\admin', 400],
  ['/cart/..\\admin', 400],
  ['/admin%00', 400],
  ['/admin%00.jpg', 400],
  ['/admin%0a', '/admin%0A'],
  ['/admin%0d%0aX:%20y', '/admin%0D%0AX:%20y'],
  ['/admin%20', '/admin%20'],
  ['/admin%3f', '/admin%3F'],
  ['/admin%3fx=y', '/admin%3Fx=y'],
  ['/admin%23', '/admin%23'],
  ['/%61dmin', '/admin'],
  ['/%41DMIN', '/ADMIN'],
  ['/admin/', '/admin/'],
  ['/admin/.', '/admin/'],
  ['/admin/..', '/'],
  ['/ADMIN', '/ADMIN'],
  ['/admin\t', 400],
  ['/admin\x7f', 400],
  ['/\xc3\xa9', 400],
  ['/%c3%a9', '/%C3%A9'],
  ['/%c0%ae%c0%ae/admin', '/%C0%AE%C0%AE/admin'],
  ['/%u002e/admin', 400],
  ['http://a.com/cart/../admin', '/admin'],
  ['http://a.com', '/'],
  ['http://a.com//admin', '//admin'],
  ['http://a.com\\admin', 400],
  ['admin', 400],
  ['./admin', 400],
  ['?x', 400],
];
const ROWS = [...SLASHES, ...DOT_DOTS, ...DOTS, ...QUERIES, ...PERCENTS, ...FRAGMENTS, ...BYPASSES];

/** /admin and /cart lead to Services of their own, each with an edge; what else there is to another. */
const startPathRouter = async (origin: FramingOrigin, matched: string[]): Promise<OnePoolRouter> => {
  const lane = (service: string) =>
    to(service, {
      pools: { stable: service, edge: `${service}-edge` },
      written: [{ header: { foo: 'bar' } }],
    });
  const plan = planOf([
    host('a.com', [
      [prefix('/admin'), lane('admin')],
      [prefix('/cart'), lane('cart')],
      [prefix('/'), lane('www')],
    ]),
  ]);
  const endpoints = [{ address: '127.0.0.1', port: origin.port, pod: null }];
  const table = tableOf({ ...plan, pools: plan.pools.map(pool => ({ ...pool, endpoints })) });
  const decide = (request: RoutedRequest) => {
    const decision = table.decide(request);
    if (decision.kind === 'forward') matched.push(`${decision.pool.id.replace('-edge', '')} ${request.path}`);
    return decision;
  };
  return startOnePoolRouter([], { decide });
};

/** The Service that a path belongs to once it is in its one form: by whole path elements. */
const serviceOf = (path: string): string => {
  const [, first] = path.split('/');
  return first === 'admin' || first === 'cart' ? first : 'www';
};

test('S12: the path that is matched is the path that is forwarded, or the answer is 400; stable and edge alike', async t => {
  t.true(ROWS.length >= 64 + 7, `${ROWS.length} targets`);
  const matched: string[] = [];
  const origin = await startFramingOrigin('HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\n\r\n');
  const router = await startPathRouter(origin, matched);
  for (const [target, forwarded] of ROWS) {
    for (const ticket of ['', 'foo: bar\r\n']) {
      const client = await connectRaw(router.port);
      client.socket.end(`GET ${target} HTTP/1.1\r\nHost: a.com\r\n${ticket}\r\n`, 'latin1');
      const answer = await client.untilEnd();
      client.socket.destroy();
      const requests = origin.takeRequests();
      if (forwarded === 400) {
        t.regex(answer, /^HTTP\/1\.1 400 /, target);
        t.deepEqual(requests, [], target);
        continue;
      }
      t.regex(answer, /^HTTP\/1\.1 200 /, target);
      t.is(requests.length, 1);
      const [line = ''] = (requests[0]?.head ?? '').split('\r\n');
      t.is(line, `GET ${forwarded} HTTP/1.1`, target);
      const track = ticket === '' ? 'stable' : 'edge';
      t.regex(requests[0]?.head ?? '', new RegExp(`\\r\\nx-sluice-track: ${track}\\r\\n`), target);
      const path = forwarded.split('?')[0] ?? '';
      t.is(matched.pop(), `${serviceOf(path)} ${path}`, target);
    }
  }
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('S12: a form that is forwarded is normalized no further: the next hop of our kind forwards the same', async t => {
  const origin = await startFramingOrigin('HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 0\r\n\r\n');
  const router = await startPathRouter(origin, []);
  for (const [, forwarded] of ROWS) {
    if (forwarded === 400) continue;
    const client = await connectRaw(router.port);
    client.socket.end(`GET ${forwarded} HTTP/1.1\r\nHost: a.com\r\n\r\n`, 'latin1');
    await client.untilEnd();
    client.socket.destroy();
    t.is(origin.takeRequests()[0]?.head.split(' ')[1], forwarded);
  }
  await router.close();
  await origin.close();
});
