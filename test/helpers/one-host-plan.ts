import { EMPTY_PLAN } from '../../router/routing/plan-delta.ts';
import { DEFAULT_BALANCE } from '../../src/core/balance.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';

/** One host `a.com` whose every path goes to this port, by a pool of this name. */
export const planTo = (port: number, pool = 'shop/cart:80'): RoutePlan => ({
  ...EMPTY_PLAN,
  hosts: [
    {
      host: 'a.com',
      routes: [
        {
          match: { kind: 'prefix', path: '/' },
          action: {
            kind: 'forward',
            source: { namespace: 'shop', ingress: 'web', field: 'spec.rules[0].http.paths[0]' },
            service: 'cart',
            pools: { stable: pool },
            tickets: [],
            paused: false,
            onEmptyEdge: 'stable',
            ownHost: 'a.com',
            rewriteTarget: null,
            balance: DEFAULT_BALANCE,
            affinity: null,
          },
        },
      ],
      fallback: null,
    },
  ],
  pools: [{ id: pool, state: 'ready', endpoints: [{ address: '127.0.0.1', port, pod: null }] }],
});
