import test from 'ava';
import { poissonArrivals } from '../../../bench/load/arrivals.ts';

const first = (count: number, seed: number): readonly number[] => {
  const next = poissonArrivals(1000, seed);
  return Array.from({ length: count }, next);
};

test('one seed gives one sequence, another seed another', t => {
  t.deepEqual(first(100, 1), first(100, 1));
  t.notDeepEqual(first(100, 1), first(100, 2));
});

test('arrivals come in order and at the rate', t => {
  const times = first(100_000, 1);
  t.true(times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)));
  const seconds = (times.at(-1) ?? 0) / 1000;
  t.true(Math.abs(seconds - 100) < 1, `${seconds}`);
});

test('gaps are exponential: 63 % of them are below the mean', t => {
  const times = first(100_000, 7);
  const short = times.filter((time, index) => time - (times[index - 1] ?? 0) < 1).length;
  t.true(Math.abs(short / times.length - 0.632) < 0.01, `${short}`);
});
