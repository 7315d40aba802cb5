import test from 'ava';
import fc from 'fast-check';
import { MultiMap } from '../../src/core/multi-map.ts';

type Step = { readonly adds: boolean; readonly key: string; readonly value: string };

const steps = fc.array(
  fc.record<Step>({
    adds: fc.boolean(),
    key: fc.constantFrom('a', 'b', '__proto__'),
    value: fc.constantFrom('1', '2', '3'),
  }),
);

test('it holds what a map of sets holds, in the same order', t => {
  const property = fc.property(steps, list => {
    const map = new MultiMap<string>();
    const sets = new Map<string, Set<string>>();
    for (const { adds, key, value } of list) {
      const set = sets.get(key) ?? new Set();
      sets.set(key, set);
      if (adds) {
        map.add(key, value);
        set.add(value);
      } else {
        map.delete(key, value);
        set.delete(value);
      }
    }
    return ['a', 'b', '__proto__', 'constructor'].every(key => {
      const expected = [...(sets.get(key) ?? [])];
      return map.get(key).join() === expected.join() && map.count(key) === expected.length;
    });
  });
  t.notThrows(() => fc.assert(property, { numRuns: 300 }));
});
