import test from 'ava';
import { median, medianRatio, spread } from '../../bench/statistics.ts';

test('the median of an odd and of an even number of values', t => {
  t.is(median([5, 1, 3]), 3);
  t.is(median([4, 1, 3, 2]), 2.5);
  t.is(median([]), Number.NaN);
});

test('the spread is from the least to the most', t => {
  t.deepEqual(spread([3, 1, 2]), { least: 1, most: 3 });
});

test('ratios are taken within rounds, so that a slow round of both changes nothing', t => {
  const ours = new Map([
    [1, 10],
    [2, 100],
    [3, 11],
  ]);
  const theirs = new Map([
    [1, 20],
    [2, 200],
    [3, 20],
  ]);
  t.deepEqual(medianRatio(ours, theirs), { ratio: 0.5, rounds: 3 });
});

test('a round that one of the two lacks, or has no figure for, does not count', t => {
  const ours = new Map([
    [1, 10],
    [2, 10],
    [4, Number.NaN],
    [5, 10],
  ]);
  const theirs = new Map([
    [2, 5],
    [3, 5],
    [4, 5],
    [5, 0],
  ]);
  t.deepEqual(medianRatio(ours, theirs), { ratio: 2, rounds: 1 });
  t.is(medianRatio(ours, new Map()), undefined);
});
