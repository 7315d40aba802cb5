import test from 'ava';
import { AddressRates } from '../../../router/policies/address-rates.ts';

test('burst and one more may come at once, then one each interval', t => {
  const rates = new AddressRates(100, 2);
  const at = (nowMs: number): boolean => rates.take('a', nowMs);
  t.deepEqual([0, 0, 0, 0, 99, 100, 100, 200].map(at), [true, true, true, false, false, true, false, true]);
  t.deepEqual([10_000, 10_000, 10_000, 10_000].map(at), [true, true, true, false]);
});

test('addresses do not touch one another', t => {
  const rates = new AddressRates(100, 0);
  t.true(rates.take('a', 0));
  t.false(rates.take('a', 0));
  t.true(rates.take('b', 0));
});

test('a flood of addresses is bounded, and the one seen last is kept', t => {
  const rates = new AddressRates(1000, 0, 100);
  t.true(rates.take('mine', 0));
  for (let nth = 0; nth < 1000; nth += 1) {
    rates.take(`10.0.${nth >> 8}.${nth & 255}`, 0);
    if (nth % 50 === 0) rates.take('mine', nth * 2000);
  }
  t.is(rates.size, 100);
  t.false(rates.take('mine', 950 * 2000));
});

test('a refused request does not push the next one further away', t => {
  const rates = new AddressRates(100, 0);
  t.true(rates.take('a', 0));
  for (let nowMs = 0; nowMs < 100; nowMs += 1) t.false(rates.take('a', nowMs));
  t.true(rates.take('a', 100));
});
