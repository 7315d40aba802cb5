import { Pool } from '../../router/upstream/pool.ts';
import type { PoolEndpoint, PoolPlan } from '../../src/core/route-plan.ts';

export const at = (address: string, port = 80): PoolEndpoint => ({ address, port, pod: null });

export const planned = (...endpoints: readonly PoolEndpoint[]): PoolPlan => ({
  id: 'default/www:80',
  state: endpoints.length > 0 ? 'ready' : 'empty',
  endpoints,
});

export const poolOf = (...endpoints: readonly PoolEndpoint[]): Pool => {
  const pool = new Pool('default/www:80');
  pool.update(planned(...endpoints));
  return pool;
};

/** `count` endpoints that differ in their address. */
export const poolOfSize = (count: number): Pool =>
  poolOf(
    ...Array.from({ length: count }, (_, nth) => at(`10.0.${Math.trunc(nth / 250)}.${(nth % 250) + 1}`)),
  );
