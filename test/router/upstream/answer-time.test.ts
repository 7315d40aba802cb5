import test from 'ava';
import { AnswerTime, DECAY_MS } from '../../../router/upstream/answer-time.ts';

test('a slow answer counts at once, a fast one bit by bit', t => {
  const time = new AnswerTime();
  time.observe(10, 0);
  t.is(time.cost(0, 0), 10);
  time.observe(200, 100);
  t.is(time.cost(0, 100), 200);
  time.observe(10, 100 + DECAY_MS);
  const expected = 200 / Math.E + 10 * (1 - 1 / Math.E);
  t.true(Math.abs(time.cost(0, 100 + DECAY_MS) - expected) < 1e-9);
});

test('requests in flight multiply the cost, and time takes it back', t => {
  const time = new AnswerTime();
  time.observe(10, 0);
  t.is(time.cost(3, 0), 40);
  t.true(time.cost(3, DECAY_MS) < 15);
});

test('an endpoint that has answered nothing gets one request, and no second one before it answers', t => {
  const fresh = new AnswerTime();
  const slow = new AnswerTime();
  slow.observe(60_000, 0);
  t.is(fresh.cost(0, 0), 0);
  t.true(fresh.cost(1, 0) > slow.cost(100, 0));
  t.true(fresh.cost(2, 0) > fresh.cost(1, 0));
});
