import test from 'ava';
import fc from 'fast-check';
import { SortedParts } from '../../src/core/sorted-parts.ts';

type Step = { readonly name: string; readonly value: number | null; readonly looks: boolean };

const steps = fc.array(
  fc.record<Step>({
    name: fc.constantFrom('', 'a', 'ab', 'b', 'B', 'é', '\ud83d', '\uffff', '10', '9', '__proto__'),
    value: fc.option(fc.nat()),
    looks: fc.boolean(),
  }),
  { maxLength: 30 },
);

test('its list is that of a map, sorted by name, whenever it is asked for', t => {
  const property = fc.property(steps, list => {
    const parts = new SortedParts<number>();
    const map = new Map<string, number>();
    return [...list, { name: 'end', value: null, looks: true }].every(({ name, value, looks }) => {
      if (value === null) {
        parts.delete(name);
        map.delete(name);
      } else {
        parts.set(name, value);
        map.set(name, value);
      }
      const sorted = [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
      return parts.get(name) === map.get(name) && (!looks || parts.list.join() === sorted.join());
    });
  });
  t.notThrows(() => fc.assert(property, { numRuns: 500 }));
});

test('the list is the same one until something changes, and a list that was given out never changes', t => {
  const parts = new SortedParts<string>();
  parts.set('a', 'one');
  const first = parts.list;
  t.is(parts.list, first);
  parts.delete('b');
  t.is(parts.list, first);
  parts.set('b', 'two');
  t.deepEqual(parts.list, ['one', 'two']);
  t.deepEqual(first, ['one']);
});
