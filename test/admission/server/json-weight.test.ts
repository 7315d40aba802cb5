import test from 'ava';
import fc from 'fast-check';
import { jsonWeight } from '../../../src/admission/server/json-weight.ts';

const weight = (text: string, limit = 1000): number => jsonWeight(Buffer.from(text, 'utf8'), limit);

const countOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce((sum: number, item) => sum + countOf(item), 0);
};

test('objects and lists are counted, whatever stands in strings', t => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), value => {
      t.is(weight(JSON.stringify(value)), countOf(value));
    }),
    { numRuns: 200 },
  );
});

test('brackets in strings, behind escaped quotes too, are none', t => {
  t.is(weight(String.raw`["{[", "\"[", "\\", [], "\\\"{"]`), 2);
});

test('no bytes make it throw or count beyond its limit', t => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 20 }), (bytes, limit) => {
      t.true(jsonWeight(bytes, limit) <= limit + 1);
    }),
    { numRuns: 200 },
  );
  t.is(weight('[['.repeat(1000), 10), 11);
  t.is(weight('["'), 1);
  t.is(weight('["\\'), 1);
});
