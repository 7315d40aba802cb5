import test from 'ava';
import { Pool } from '../../router/pool.ts';
import type { PoolEndpoint, PoolPlan } from '../../src/core/route-plan.ts';

const at = (address: string, port = 80): PoolEndpoint => ({ address, port, pod: null });
const planned = (...endpoints: PoolEndpoint[]): PoolPlan => ({
  id: 'default/www:80',
  state: endpoints.length > 0 ? 'ready' : 'empty',
  endpoints,
});
const poolOf = (...endpoints: PoolEndpoint[]): Pool => {
  const pool = new Pool('default/www:80');
  pool.update(planned(...endpoints));
  return pool;
};

test('an empty pool gives no endpoint, a pool of one gives that, excluded or not', t => {
  const pool = poolOf();
  t.is(pool.state, 'empty');
  t.is(pool.pick(), undefined);
  pool.update(planned(at('10.0.0.1')));
  t.is(pool.state, 'ready');
  const only = pool.pick();
  t.like(only, { address: '10.0.0.1', port: 80 });
  t.is(pool.pick(only), only);
});

test('an excluded endpoint is not picked while there is another', t => {
  const pool = poolOf(at('10.0.0.1'), at('10.0.0.2'), at('10.0.0.3'));
  const excluded = pool.endpoints[1] ?? null;
  for (let nth = 0; nth < 500; nth += 1) t.not(pool.pick(excluded), excluded);
});

test('idle endpoints are picked evenly, and the busiest of all never', t => {
  const pool = poolOf(at('10.0.0.1'), at('10.0.0.2'), at('10.0.0.3'), at('10.0.0.4'));
  const picks = new Map<string, number>();
  const pickMany = (): void => {
    picks.clear();
    for (let nth = 0; nth < 8000; nth += 1) {
      const address = pool.pick()?.address ?? '';
      picks.set(address, (picks.get(address) ?? 0) + 1);
    }
  };
  pickMany();
  for (const { address } of pool.endpoints) {
    const count = picks.get(address) ?? 0;
    t.true(count > 1600 && count < 2400, `${address}: ${count}`);
  }
  const busiest = pool.endpoints[2];
  if (busiest !== undefined) busiest.inFlight = 5;
  pickMany();
  t.is(picks.get('10.0.0.3'), undefined);
});

test('an update keeps the endpoints that stay and retires those that go', t => {
  const pool = poolOf(at('10.0.0.1'), at('10.0.0.2'), at('10.0.0.2', 81));
  const [first, second, third] = pool.endpoints;
  pool.update(planned(at('10.0.0.2'), at('10.0.0.9')));
  t.is(pool.endpoints[0], second);
  t.true(first?.retired);
  t.true(third?.retired);
  t.false(second?.retired);
  t.is(pool.endpoints.length, 2);
  pool.retire();
  t.true(second?.retired);
  t.is(pool.pick(), undefined);
  t.is(pool.state, 'empty');
});

test('an endpoint that comes back is a new one: nothing of the retired one is reused', t => {
  const pool = poolOf(at('10.0.0.1'));
  const before = pool.endpoints[0];
  pool.update(planned());
  pool.update(planned(at('10.0.0.1')));
  t.not(pool.endpoints[0], before);
  t.false(pool.endpoints[0]?.retired);
});

test('what no socket can connect to is left out', t => {
  const pool = poolOf(at('a.example.com'), at('10.0.0.1', 0), at('10.0.0.1', 65_536), at('::1', 80));
  t.deepEqual(
    pool.endpoints.map(({ address }) => address),
    ['::1'],
  );
});
