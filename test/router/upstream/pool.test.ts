import test from 'ava';
import type { Endpoint } from '../../../router/upstream/endpoint.ts';
import { EJECTION_FAILURES, EJECTION_MS } from '../../../router/upstream/outliers.ts';
import type { Pool } from '../../../router/upstream/pool.ts';
import { EWMA, hashOf, P2C, ROUND_ROBIN } from '../../helpers/endpoint-wishes.ts';
import { at, planned, poolOf, poolOfSize } from '../../helpers/pools.ts';

test('an empty pool gives no endpoint, a pool of one gives that, excluded or not', t => {
  const pool = poolOf();
  t.is(pool.state, 'empty');
  t.is(pool.pick(P2C, 0), undefined);
  pool.update(planned(at('10.0.0.1')));
  t.is(pool.state, 'ready');
  const only = pool.pick(P2C, 0);
  t.like(only, { address: '10.0.0.1', port: 80 });
  t.is(pool.pick({ ...P2C, failed: only ?? null }, 0), only);
});

test('an excluded endpoint is not picked while there is another', t => {
  const pool = poolOf(at('10.0.0.1'), at('10.0.0.2'), at('10.0.0.3'));
  const excluded = pool.endpoints[1] ?? null;
  for (let nth = 0; nth < 500; nth += 1) t.not(pool.pick({ ...P2C, failed: excluded }, 0), excluded);
});

test('idle endpoints are picked evenly, and the busiest of all never', t => {
  const pool = poolOf(at('10.0.0.1'), at('10.0.0.2'), at('10.0.0.3'), at('10.0.0.4'));
  const picks = new Map<string, number>();
  const pickMany = (): void => {
    picks.clear();
    for (let nth = 0; nth < 8000; nth += 1) {
      const address = pool.pick(P2C, 0)?.address ?? '';
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
  t.is(pool.pick(P2C, 0), undefined);
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

const eject = (pool: Pool, endpoint: Endpoint | undefined, nowMs = 0): void => {
  if (endpoint === undefined) throw new Error('the pool has that endpoint');
  for (let nth = 0; nth < EJECTION_FAILURES; nth += 1) pool.failed(endpoint, nowMs);
};

test('an ejected endpoint is picked by no way of balancing, and comes back when its time is up', t => {
  for (const wish of [P2C, ROUND_ROBIN, EWMA, hashOf(7)]) {
    const pool = poolOfSize(4);
    const out = pool.pick(hashOf(7), 0);
    eject(pool, out, 1);
    for (let nth = 0; nth < 200; nth += 1) t.not(pool.pick(wish, EJECTION_MS), out, wish.balance);
    const picked = new Set(Array.from({ length: 400 }, () => pool.pick(wish, EJECTION_MS + 1)));
    t.true(picked.has(out), wish.balance);
  }
});

test('where the failed endpoint is the only one left in, its retry goes to one that is out', t => {
  const pool = poolOfSize(2);
  const [out, left] = pool.endpoints;
  eject(pool, out);
  for (const wish of [P2C, ROUND_ROBIN, EWMA, hashOf(7)])
    t.is(pool.pick({ ...wish, failed: left ?? null }, 0), out, wish.balance);
});

test('what a retired endpoint still does says nothing of the pool', t => {
  const pool = poolOfSize(2);
  const [gone] = pool.endpoints;
  pool.update(planned(at('10.0.0.2'), at('10.0.0.3')));
  if (gone === undefined) throw new Error('the pool had it');
  for (let nth = 0; nth < 2 * EJECTION_FAILURES; nth += 1) t.is(pool.failed(gone, 0), null);
});

test('a token names an endpoint of the pool that is not ejected, and none other', t => {
  const pool = poolOfSize(3);
  const [first, second] = pool.endpoints;
  t.is(pool.named(first?.token ?? '', 0), first);
  t.regex(first?.token ?? '', /^[0-9a-f]{16}$/);
  t.not(first?.token, second?.token);
  for (const wrong of ['', '10.0.0.1 80', '10.0.0.1', '__proto__', first?.token.toUpperCase() ?? ''])
    t.is(pool.named(wrong, 0), undefined, wrong);
  eject(pool, first, 1);
  t.is(pool.named(first?.token ?? '', 1), undefined);
  t.is(pool.named(first?.token ?? '', 1 + EJECTION_MS), first);
  pool.update(planned(at('10.0.0.2')));
  t.is(pool.named(first?.token ?? '', 1 + EJECTION_MS), undefined);
  t.is(pool.named(second?.token ?? '', 0), second);
});

test('another endpoint is there unless the pool has only the failed one', t => {
  const pool = poolOfSize(1);
  const [only] = pool.endpoints;
  if (only === undefined) throw new Error('the pool has it');
  t.false(pool.hasOther(only));
  pool.update(planned(at('10.0.0.9')));
  t.true(pool.hasOther(only));
  pool.retire();
  t.false(pool.hasOther(only));
});
