import test from 'ava';
import fc from 'fast-check';
import { LatencyHistogram } from '../../../bench/load/latency-histogram.ts';

test('without values there is no quantile', t => {
  t.is(new LatencyHistogram().quantile(0.5), Number.NaN);
});

test('small latencies are exact', t => {
  const histogram = new LatencyHistogram();
  for (let value = 1; value <= 100; value += 1) histogram.add(value);
  t.is(histogram.quantile(0.5), 50);
  t.is(histogram.quantile(0.99), 99);
  t.is(histogram.quantile(1), 100);
  t.is(histogram.count, 100);
});

test('a quantile is never below the true one, and at most 1.6 % above it', t => {
  const latencies = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1), (values, share) => {
      const histogram = new LatencyHistogram();
      for (const value of values) histogram.add(value);
      const sorted = [...values].sort((a, b) => a - b);
      const exact = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;
      const found = histogram.quantile(share);
      t.true(found >= exact && found <= exact * 1.016);
    }),
    { numRuns: 500 },
  );
});

test('what is out of range counts as the nearest that is in it', t => {
  const histogram = new LatencyHistogram();
  histogram.add(-5);
  histogram.add(1e12);
  t.is(histogram.quantile(0.5), 0);
  t.is(histogram.largest, 2 ** 31 - 1);
});
