import test from 'ava';
import fc from 'fast-check';
import { Balancer, type EndpointWish } from '../../../router/upstream/balancer.ts';
import { Endpoint } from '../../../router/upstream/endpoint.ts';
import { murmur3 } from '../../../src/core/ticket/murmur3.ts';
import { EWMA, hashOf, P2C, ROUND_ROBIN } from '../../helpers/endpoint-wishes.ts';

const endpointsOf = (count: number): readonly Endpoint[] =>
  Array.from({ length: count }, (_, nth) => new Endpoint(`10.0.${Math.trunc(nth / 250)}.${nth % 250}`, 8080));

const picksOf = (endpoints: readonly Endpoint[], wish: EndpointWish, times: number): readonly number[] => {
  const balancer = new Balancer();
  const picks = endpoints.map(() => 0);
  for (let nth = 0; nth < times; nth += 1) {
    const picked = balancer.pick(endpoints, wish);
    const index = picked === undefined ? -1 : endpoints.indexOf(picked);
    picks[index] = (picks[index] ?? 0) + 1;
  }
  return picks;
};

test('no endpoint gives none, one gives that, failed or not', t => {
  const [only] = endpointsOf(1);
  for (const wish of [P2C, ROUND_ROBIN, EWMA, hashOf(1)]) {
    t.is(new Balancer().pick([], wish), undefined);
    t.is(new Balancer().pick(only === undefined ? [] : [only], { ...wish, failed: only ?? null }), only);
  }
});

test('no way of balancing takes the failed endpoint while there is another', t => {
  for (const count of [2, 3, 7]) {
    const endpoints = endpointsOf(count);
    for (const failed of endpoints)
      for (const wish of [P2C, ROUND_ROBIN, EWMA, hashOf(murmur3(String(count)))])
        t.is(picksOf(endpoints, { ...wish, failed }, 50)[endpoints.indexOf(failed)], 0, wish.balance);
  }
});

test('round robin takes one after the other', t => {
  t.deepEqual(picksOf(endpointsOf(5), ROUND_ROBIN, 50), [10, 10, 10, 10, 10]);
});

test('ewma leaves a slow endpoint alone, but does not forget it for ever', t => {
  const endpoints = endpointsOf(3);
  const nowMs = performance.now();
  for (const endpoint of endpoints) endpoint.answerTime.observe(5, nowMs);
  endpoints[1]?.answerTime.observe(500, nowMs);
  t.is(picksOf(endpoints, EWMA, 500)[1], 0);
  for (const endpoint of endpoints) endpoint.inFlight = 200;
  if (endpoints[1] !== undefined) endpoints[1].inFlight = 0;
  t.true((picksOf(endpoints, EWMA, 500)[1] ?? 0) > 0);
});

const keys = Array.from({ length: 4_000 }, (_, nth) => murmur3(`user-${nth}`));

test('hashed keys spread evenly', t => {
  const endpoints = endpointsOf(8);
  const balancer = new Balancer();
  const picks = new Map<Endpoint | undefined, number>();
  for (const key of keys) {
    const picked = balancer.pick(endpoints, hashOf(key));
    picks.set(picked, (picks.get(picked) ?? 0) + 1);
  }
  for (const endpoint of endpoints) {
    const count = picks.get(endpoint) ?? 0;
    t.true(count > 380 && count < 640, `${endpoint.address}: ${count} of about 500`);
  }
});

test('of n endpoints one that goes moves its own keys and no others, and one that comes takes from all', t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 40 }),
      fc.nat(),
      fc.array(fc.integer({ min: 0, max: 0xffff_ffff }), { minLength: 50, maxLength: 50 }),
      (count, index, someKeys) => {
        const all = endpointsOf(count);
        const gone = all[index % count];
        const left = all.filter(endpoint => endpoint !== gone);
        const balancer = new Balancer();
        return someKeys.every(key => {
          const before = balancer.pick(all, hashOf(key));
          const after = balancer.pick(left, hashOf(key));
          // A retry that avoids an endpoint goes where everybody would go if it were gone.
          const retried = balancer.pick(all, { ...hashOf(key), failed: gone ?? null });
          return retried === after && (before === gone ? after !== gone : after === before);
        });
      },
    ),
    { numRuns: 300 },
  );
  t.pass();
});

test('every worker leads a key to the same endpoint, in whatever order it was told of them', t => {
  const names = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '2001:db8::1'];
  const one = names.map(name => new Endpoint(name, 80));
  const other = names.toReversed().map(name => new Endpoint(name, 80));
  for (const key of keys.slice(0, 200))
    t.is(new Balancer().pick(one, hashOf(key))?.address, new Balancer().pick(other, hashOf(key))?.address);
});
