import test from 'ava';
import fc from 'fast-check';
import { canonicalJson, isRecord, isTooDeep, sameJson } from '../../src/core/canonical-json.ts';
import { jsonOf } from '../helpers/arbitrary-json.ts';

const texts = test.macro({
  exec(t, value: unknown, text: string) {
    t.is(canonicalJson(value), text);
  },
  title: (_, __, text) => `the canonical text ${text}`,
});

test(texts, { b: 1, a: { d: [], c: {} } }, '{"a":{"c":{},"d":[]},"b":1}');
test(texts, { 10: 'x', 9: 'y', '-': 'z' }, '{"-":"z","10":"x","9":"y"}');
test(
  texts,
  JSON.parse('{"constructor":1,"__proto__":{"b":1,"a":2}}'),
  '{"__proto__":{"a":2,"b":1},"constructor":1}',
);
test(texts, { a: undefined, b: null }, '{"b":null}');
test(texts, [3, 1, undefined, '\n', '\ud800', 'é'], '[3,1,null,"\\n","\\ud800","é"]');
test(texts, undefined, 'null');
test(texts, -0, '0');

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isRecord(value)) return value;
  const members = Object.keys(value)
    .reverse()
    .map(key => `${JSON.stringify(key)}:${JSON.stringify(reversed(value[key]))}`);
  return JSON.parse(`{${members.join(',')}}`);
};

test('equal data is equal text, whatever the order of its keys, and the text says the same data', t => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), jsonOf(['a', 'b', '1', '10', '9'])), value => {
      const text = canonicalJson(value);
      t.is(canonicalJson(reversed(value)), text);
      t.is(canonicalJson(JSON.parse(text)), text);
      t.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 1000 },
  );
});

test('keys stand in the order of their code units, at every level', t => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.integer()), record => {
      const keys = [...canonicalJson(record).matchAll(/("(?:[^"\\]|\\.)*"):/g)].map(([, key]) =>
        JSON.parse(key ?? ''),
      );
      t.deepEqual(keys, Object.keys(record).sort());
    }),
    { numRuns: 500 },
  );
});

const nested = (depth: number, open = '[', close = ']'): unknown =>
  JSON.parse(`${open.repeat(depth)}1${close.repeat(depth)}`);

test('32 levels are not too deep, 33 are, and 60,000 are found out without a stack', t => {
  t.false(isTooDeep(nested(32)));
  t.true(isTooDeep(nested(33)));
  t.true(isTooDeep(nested(60_000)));
  t.true(isTooDeep(nested(60_000, '{"a":', '}')));
});

test('a wide value is not deep', t => {
  t.false(isTooDeep(Array.from({ length: 200_000 }, (_, i) => ({ i }))));
  for (const value of [null, undefined, 0, '', [], {}]) t.false(isTooDeep(value));
});

test('neither null nor a list is a record', t => {
  t.deepEqual([null, [], 'a', 1, undefined].map(isRecord), [false, false, false, false, false]);
  t.true(isRecord({}));
});

test('two values are the same exactly where their canonical texts are', t => {
  const value = fc.oneof(
    { weight: 3, arbitrary: jsonOf(['a', 'b', '1', '__proto__']) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(undefined, null, { a: undefined }, {}, [undefined], [null], 0, -0),
    },
  );
  const pair = fc.oneof(
    fc.tuple(value, value),
    jsonOf(['a', 'b', '1', '__proto__']).map(one => [one, reversed(one)] as const),
    value.map(
      one =>
        [
          { x: one, y: [one] },
          { y: [structuredClone(one)], x: one, z: undefined },
        ] as const,
    ),
  );
  t.notThrows(() =>
    fc.assert(
      fc.property(pair, ([a, b]) => sameJson(a, b) === (canonicalJson(a) === canonicalJson(b))),
      { numRuns: 2000 },
    ),
  );
});
