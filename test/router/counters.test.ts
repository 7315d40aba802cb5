import test from 'ava';
import { Counters, sumOfCounters } from '../../router/counters.ts';

test('counters count by name, answers by class and by track', t => {
  const counters = new Counters();
  counters.add('retries');
  counters.add('retries');
  counters.answered('stable', 200);
  counters.answered('edge', 204);
  counters.answered('edge', 503);
  counters.answered('edge', 101);
  counters.answered(null, 404);
  counters.answered('edge', 999);
  t.is(counters.get('retries'), 2);
  t.is(counters.get('responses_2xx'), 2);
  t.is(counters.get('responses_4xx'), 1);
  t.is(counters.get('responses_5xx'), 2);
  t.is(counters.get('responses_1xx'), 1);
  t.deepEqual(counters.answersByTrack(), { stable: { '2xx': 1 }, edge: { '1xx': 1, '2xx': 1, '5xx': 2 } });
});

test('tracks without end do not grow the array: the last slot is shared', t => {
  const counters = new Counters();
  for (let nth = 0; nth < 200; nth += 1) counters.answered(`track-${nth}`, 200);
  const tracks = Object.values(counters.answersByTrack());
  t.is(tracks.length, 64);
  t.is(
    tracks.reduce((sum, classes) => sum + (classes['2xx'] ?? 0), 0),
    200,
  );
});

test('the counters of workers add up', t => {
  const one = new Counters();
  one.add('retries');
  one.answered('edge', 200);
  const two = new Counters();
  two.add('retries');
  two.answered('edge', 500);
  two.answered('stable', 200);
  const sum = sumOfCounters([one.snapshot(), two.snapshot()]);
  t.is(sum.values.retries, 2);
  t.is(sum.values.responses_2xx, 2);
  t.deepEqual(sum.byTrack, { edge: { '2xx': 1, '5xx': 1 }, stable: { '2xx': 1 } });
  t.is(sumOfCounters([]).values.retries, 0);
});
