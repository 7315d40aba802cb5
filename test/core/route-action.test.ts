import test from 'ava';
import { readIngress } from '../../src/core/ingress-reading.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import type { KnownSecrets } from '../../src/core/known-secrets.ts';
import type { Backend } from '../../src/core/objects/ingress.ts';
import { type Backends, routeAction } from '../../src/core/route-action.ts';
import type { RouteAction } from '../../src/core/route-plan.ts';
import {
  backend,
  path,
  rule,
  storedIngress,
  WORLD_OPTIONS,
  type WrittenIngress,
} from '../helpers/stored-world.ts';

const LISTED = { hosts: { 'taobao.com': ['taobao.com'] } };
const field = 'spec.rules[0].http.paths[0]';

/** Every Service has the tracks `edge` and `beta`. */
const BACKENDS: Backends = {
  tracksOf: (_, service) =>
    new Map([
      ['edge', `${service}-edge`],
      ['beta', `${service}-beta`],
    ]),
  stablePool: (namespace, service, port) => `${namespace}/${service}:${port}`,
  edgePool: (namespace, edge, port) => `${namespace}/${edge}:${port}#edge`,
  secret: () => undefined,
  knownSecrets: 'all',
};

const actionOf = (
  written: WrittenIngress,
  to: Backend = backend('cart'),
  backends: Backends = BACKENDS,
): RouteAction => {
  const ingress = storedIngress('web', { rules: [rule('taobao.com', path('/', 'cart'))], ...written });
  const context = { scope: scopeOf(WORLD_OPTIONS, []), annotation: WORLD_OPTIONS.annotation };
  const reading = readIngress(ingress, context);
  const [served] = reading?.rules ?? [];
  if (reading === null || served === undefined) throw new Error('the rule is served');
  return routeAction(reading, served, { backend: to, field, cookiePath: '/cart', backends });
};

const forward = (written: WrittenIngress, to?: Backend) => {
  const action = actionOf(written, to);
  return action.kind === 'forward' ? action : undefined;
};

const refusal = (written: WrittenIngress, to?: Backend): string => {
  const action = actionOf(written, to);
  return action.kind === 'refuse' ? action.reason : '';
};

test('a listed rule has the tracks of its Service, sorted, and the tickets of its Ingress', t => {
  const action = forward({ config: { ...LISTED, tickets: { percent: 5 } } });
  t.deepEqual(Object.entries(action?.pools ?? {}), [
    ['beta', 'shop/cart-beta:80#edge'],
    ['edge', 'shop/cart-edge:80#edge'],
    ['stable', 'shop/cart:80'],
  ]);
  t.is(action?.tickets.length, 1);
  t.like(action, {
    service: 'cart',
    paused: false,
    onEmptyEdge: 'stable',
    balance: { kind: 'p2c' },
    affinity: null,
    ownHost: 'taobao.com',
    rewriteTarget: null,
    source: { namespace: 'shop', ingress: 'web', field },
  });
});

test('a rule that no list names is stable only', t => {
  const action = forward({ config: { tickets: { percent: 5 } } });
  t.deepEqual(action?.pools, { stable: 'shop/cart:80' });
  t.deepEqual(action?.tickets, []);
});

test('the port is kept as the Ingress names it', t => {
  t.is(forward({}, backend('cart', 'http'))?.pools.stable, 'shop/cart:http');
});

test('what the Ingress says of pausing, empty edges and the path goes along', t => {
  const action = forward({
    config: { ...LISTED, tickets: { percent: 5 }, onEmptyEdge: 'unavailable' },
    annotations: {
      'sluice.dev/paused': 'true',
      'nginx.ingress.kubernetes.io/rewrite-target': '/$1',
    },
  });
  t.like(action, { paused: true, onEmptyEdge: 'unavailable', rewriteTarget: '/$1' });
  // Paused, not forgotten: whoever reads the plan sees them.
  t.is(action?.tickets.length, 1);
});

test('access control that is not enforced closes the route and is named', t => {
  const annotations = {
    'nginx.ingress.kubernetes.io/auth-url': 'https://sso.example',
    'nginx.ingress.kubernetes.io/whitelist-source-range': 'off',
  };
  t.regex(refusal({ config: LISTED, annotations }), /Ingress shop\/web .*auth-url.*whitelist-source-range/);
});

test('users that nobody may look at close a route, unless whoever translates serves nothing', t => {
  const annotations = {
    'nginx.ingress.kubernetes.io/auth-type': 'basic',
    'nginx.ingress.kubernetes.io/auth-secret': 'users',
  };
  const kindOf = (knownSecrets: KnownSecrets) =>
    actionOf({ config: LISTED, annotations }, backend('cart'), { ...BACKENDS, knownSecrets });
  t.is(kindOf('all').kind, 'refuse');
  t.is(kindOf('granted').kind, 'refuse');
  const unseen = kindOf('none');
  t.like(unseen, { kind: 'forward', policies: [{ kind: 'access', auth: { users: [] } }] });
});

test('a backend that is no Service is refused and named', t => {
  const to = { kind: 'resource', description: 'StorageBucket assets' } as const;
  t.regex(refusal({ config: LISTED }, to), /StorageBucket assets/);
});
