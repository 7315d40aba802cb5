import test from 'ava';
import fc from 'fast-check';
import { FairQueue } from '../../../router/policies/fair-queue.ts';

type Job = { readonly name: string; readonly work: number };
const A = { name: 'A' };
const B = { name: 'B' };
const C = { name: 'C' };

const job = (name: string, work = 1): Job => ({ name, work });
const served = (queue: FairQueue<Job>, count: number): readonly string[] =>
  Array.from({ length: count }, () => queue.next()?.name ?? '-');

test('one owner is served in its order', t => {
  const queue = new FairQueue<Job>(100);
  for (const name of ['a1', 'a2', 'a3']) queue.push(A, job(name));
  t.deepEqual(served(queue, 4), ['a1', 'a2', 'a3', '-']);
  t.is(queue.work, 0);
});

test('who comes late waits behind one job of each, not behind all of them', t => {
  const queue = new FairQueue<Job>(100);
  for (let nth = 0; nth < 10; nth += 1) queue.push(A, job(`a${nth}`));
  t.deepEqual(served(queue, 2), ['a0', 'a1']);
  queue.push(B, job('b'));
  t.true(served(queue, 2).includes('b'));
});

test('large jobs count for more: while one is served, others get as much work done', t => {
  const queue = new FairQueue<Job>(1000);
  for (let nth = 0; nth < 3; nth += 1) queue.push(A, job(`a${nth}`, 64));
  for (let nth = 0; nth < 40; nth += 1) queue.push(B, job('b', 4));
  t.deepEqual(served(queue, 20), ['a0', ...Array.from({ length: 16 }, () => 'b'), 'a1', 'b', 'b']);
});

test('going away and coming back is no way to the front', t => {
  const queue = new FairQueue<Job>(1000);
  for (let nth = 0; nth < 40; nth += 1) queue.push(B, job('b', 4));
  const order: string[] = [];
  for (let nth = 0; nth < 20; nth += 1) {
    // It never has more than one job here, but each is large.
    queue.push(A, job('a', 64));
    order.push(...served(queue, 1));
    while (order.at(-1) !== 'a') order.push(...served(queue, 1));
    if (order.filter(name => name === 'b').length >= 32) break;
  }
  t.true(order.filter(name => name === 'a').length <= 4, order.join(' '));
});

test('past the bound the owner with the most work loses its newest job', t => {
  const queue = new FairQueue<Job>(10);
  for (let nth = 0; nth < 10; nth += 1) t.deepEqual(queue.push(A, job(`a${nth}`)), []);
  t.deepEqual(queue.push(A, job('a10')), [job('a10')], 'which may be the job itself');
  t.deepEqual(queue.push(B, job('b', 2)), [job('a9'), job('a8')]);
  t.deepEqual(queue.push(C, job('c', 11)), [job('c', 11)]);
  t.is(queue.work, 10);
  t.is(served(queue, 20).filter(name => name !== '-').length, 9);
});

test('whatever comes and goes: the bound holds, every job is served or lost once, each owner in its order', t => {
  const step = fc.oneof(
    fc.record({ owner: fc.constantFrom(A, B, C), work: fc.integer({ min: 0, max: 70 }) }),
    fc.constant(null),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const queue = new FairQueue<Job>(100);
      const out: Job[] = [];
      const lost: Job[] = [];
      let count = 0;
      for (const one of steps) {
        if (one === null) out.push(...[queue.next() ?? []].flat());
        else {
          lost.push(...queue.push(one.owner, job(`${one.owner.name}${count}`, one.work)));
          count += 1;
        }
        t.true(queue.work <= 100);
      }
      for (let last = queue.next(); last !== undefined; last = queue.next()) out.push(last);
      t.is(new Set([...out, ...lost]).size, count);
      t.is(out.length + lost.length, count);
      for (const { name } of [A, B, C]) {
        const numbers = out.filter(one => one.name.startsWith(name)).map(one => Number(one.name.slice(1)));
        t.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
        );
      }
    }),
    { numRuns: 200 },
  );
});
