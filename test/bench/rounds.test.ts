import test from 'ava';
import { inTurn, lanesInNeed } from '../../bench/rounds.ts';
import { sample } from '../helpers/bench-samples.ts';

const LANES = [{ name: 'ours' }, { name: 'haproxy' }, { name: 'nginx' }];
const OPTIONS = { rounds: 2, reference: 'ours' };

const inNeed = (samples: Parameters<typeof lanesInNeed>[1]): readonly string[] =>
  lanesInNeed(LANES, samples, OPTIONS).map(({ name }) => name);

test('everybody is the first one in turn', t => {
  t.deepEqual(
    [0, 1, 2, 3].map(round => inTurn(['a', 'b', 'c'], round).join('')),
    ['abc', 'bca', 'cab', 'abc'],
  );
  t.deepEqual(inTurn([], 1), []);
});

test('before the first round all are measured', t => {
  t.deepEqual(inNeed([]), ['ours', 'haproxy', 'nginx']);
});

test('a contender whose rounds were void is measured again, beside the reference', t => {
  const samples = [1, 2].flatMap(round => [
    sample('ours', round, 10),
    sample('haproxy', round, 10),
    sample('nginx', round, 10, { isVoid: round === 2 }),
  ]);
  t.deepEqual(inNeed(samples), ['ours', 'nginx']);
  t.deepEqual(inNeed([...samples, sample('ours', 3, 10), sample('nginx', 3, 10)]), []);
});

test('a valid round counts only beside a valid one of the reference', t => {
  const samples = [1, 2].flatMap(round => [
    sample('ours', round, 10, { isVoid: round === 1 }),
    sample('haproxy', round, 10),
    sample('nginx', round, 10),
  ]);
  t.deepEqual(inNeed(samples), ['ours', 'haproxy', 'nginx']);
});
