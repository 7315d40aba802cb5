import test from 'ava';
import { hostKey } from '../../src/core/host-key.ts';
import { scopeOf } from '../../src/core/ingress-scope.ts';
import type { Ingress } from '../../src/core/objects/ingress.ts';
import { AdmittedIngresses } from '../../src/standalone/admitted-ingresses.ts';
import { path, rule, storedIngress, WORLD_OPTIONS } from '../helpers/stored-world.ts';

const admitted = (...ingresses: readonly Ingress[]): AdmittedIngresses => {
  const { annotation } = WORLD_OPTIONS;
  const all = new AdmittedIngresses({ scope: scopeOf(WORLD_OPTIONS, []), annotation });
  for (const ingress of ingresses) all.add(ingress);
  return all;
};

const SHOP = storedIngress('shop', {
  namespace: 'shop',
  rules: [rule(hostKey('shop.example'), path('/', 'web'), path('/pay', 'pay'))],
  config: { hosts: { 'shop.example': ['shop.example', 'www.shop.example'] } },
});

test('an Ingress holds its hosts and aliases for its namespace', t => {
  const all = admitted(SHOP);
  t.deepEqual(
    [...all.claims],
    [
      ['shop.example', 'shop'],
      ['www.shop.example', 'shop'],
    ],
  );
  t.is(all.claimHolder('www.shop.example'), 'shop');
  t.is(all.claimHolder('other.example'), undefined);
});

test('what is held stays with its first holder, and both are known to name it', t => {
  const thief = storedIngress('thief', { namespace: 'other', rules: [rule('shop.example', path('/', 'x'))] });
  const all = admitted(SHOP, thief);
  t.is(all.claimHolder('shop.example'), 'shop');
  t.true(all.names('shop.example', 'shop'));
  t.true(all.names('shop.example', 'other'));
  t.false(all.names('www.shop.example', 'other'));
});

test('a route is held by the Ingress that had it first, and by nobody else for itself', t => {
  const second = storedIngress('second', {
    namespace: 'shop',
    rules: [rule('shop.example', path('/', 'x'))],
  });
  const all = admitted(SHOP, second);
  const route = { namespace: 'shop', domain: 'www.shop.example', path: '/pay', pathType: 'Prefix' };
  t.is(all.routeHolder(route, 'second'), 'shop');
  t.is(all.routeHolder(route, 'shop'), undefined);
  t.is(all.routeHolder({ ...route, namespace: 'other' }, 'second'), undefined);
  t.is(all.routeHolder({ ...route, pathType: 'Exact' }, 'second'), undefined);
  t.is(
    all.routeHolder({ ...route, domain: 'shop.example', path: '' }, 'second'),
    'shop',
    'the empty path is /',
  );
});

test('a canary Ingress holds nothing, since it serves nothing', t => {
  const canary = storedIngress('canary', {
    annotations: { 'nginx.ingress.kubernetes.io/canary': 'true' },
    rules: [rule('shop.example', path('/', 'web'))],
  });
  t.deepEqual([...admitted(canary).claims], []);
});
