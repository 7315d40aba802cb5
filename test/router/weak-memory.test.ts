import test from 'ava';
import { WeakMemory } from '../../router/weak-memory.ts';

test('what is still in use is found again by its key, and only by that', t => {
  const memory = new WeakMemory();
  const made = memory.of('a', () => ({ count: 1 }));
  t.is(
    memory.of('a', () => ({ count: 2 })),
    made,
  );
  t.not(
    memory.of('b', () => ({ count: 2 })),
    made,
  );
  for (let nth = 0; nth < 1000; nth += 1) memory.of(`other ${nth}`, () => ({}));
  t.is(
    memory.of('a', () => ({ count: 3 })),
    made,
  );
});
