import test from 'ava';
import { ReviewLoad } from '../../../src/admission/server/review-load.ts';

test('no more reviews than allowed are under way', t => {
  const load = new ReviewLoad({ maxReviews: 2, maxHeldBytes: 0 });
  t.deepEqual([load.enter(), load.enter(), load.enter()], [true, true, false]);
  load.leave();
  t.deepEqual([load.enter(), load.enter(), load.reviews], [true, false, 2]);
});

test('no more bytes than allowed are held', t => {
  const load = new ReviewLoad({ maxReviews: 0, maxHeldBytes: 100 });
  t.deepEqual([load.hold(60), load.hold(41), load.hold(40)], [true, false, true]);
  load.release(60);
  t.deepEqual([load.hold(60), load.heldBytes], [true, 100]);
});
