import test from 'ava';
import { isAcmeSolver } from '../../src/core/acme-solver.ts';
import { type IngressParts, ingress, type PathParts } from '../helpers/ingress-objects.ts';

const LABEL = { 'acme.cert-manager.io/http01-solver': 'true' };
const TOKEN = '/.well-known/acme-challenge/nSzGu2hmQHyLxqC0UUd3_w-3kRm2iRPJtzqWyXkXGxM';

const solvers = test.macro({
  exec(t, parts: IngressParts, solver: boolean) {
    t.is(isAcmeSolver(ingress(parts)), solver);
  },
  title: (title = '') => title,
});

const withPaths = (...paths: readonly PathParts[]): IngressParts => ({
  labels: LABEL,
  rules: [['a.com', ...paths]],
});

test(
  "cert-manager's Ingress is a solver",
  solvers,
  withPaths({ path: TOKEN, pathType: 'ImplementationSpecific' }),
  true,
);
test('an exact path is one too', solvers, withPaths({ path: TOKEN, pathType: 'Exact' }), true);
test(
  'several challenges are still nothing else',
  solvers,
  withPaths({ path: TOKEN }, { path: `${TOKEN}2` }),
  true,
);
test(
  'the paths without the label are an application',
  solvers,
  { rules: [['a.com', { path: TOKEN }]] },
  false,
);
test(
  'a label of another value is none',
  solvers,
  { ...withPaths({ path: TOKEN }), labels: { 'acme.cert-manager.io/http01-solver': 'false' } },
  false,
);
test('the label alone lets nobody out of the rewrite', solvers, withPaths({ path: '/' }), false);
test(
  'one other path is enough to be no solver',
  solvers,
  withPaths({ path: TOKEN }, { path: '/cart' }),
  false,
);
test(
  'another rule with another path counts',
  solvers,
  {
    labels: LABEL,
    rules: [
      ['a.com', { path: TOKEN }],
      ['b.com', {}],
    ],
  },
  false,
);
test('no path at all is no solver', solvers, { labels: LABEL }, false);
test(
  'a default backend is more than challenges',
  solvers,
  { ...withPaths({ path: TOKEN }), defaultBackend: 'www' },
  false,
);
for (const path of [
  '/.well-known/acme-challenge',
  '/.well-known/acme-challengeX',
  '/.well-known/acme-challenge/../../admin',
  '/.well-known/acme-challenge/%2e%2e/%2e%2e/admin',
  '/.well-known/acme-challenge/x/../../..',
  '/.well-known/acme-challenge/.*|/.*',
  '/x/.well-known/acme-challenge/t',
  '/.well-known/acme-challenge/t\n',
])
  test(
    `${JSON.stringify(path)} leads out of the folder`,
    solvers,
    withPaths({ path, pathType: 'ImplementationSpecific' }),
    false,
  );
