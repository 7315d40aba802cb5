import test from 'ava';
import fc from 'fast-check';
import { parseYamlDocuments } from '../../src/standalone/yaml-documents.ts';
import { anyText } from '../helpers/any-text.ts';

type Row = readonly [
  text: string,
  documents: readonly (readonly [index: number, line: number, value: unknown])[],
];

const reads = test.macro({
  exec(t, [text, documents]: Row) {
    const found = parseYamlDocuments(text);
    t.deepEqual(found.errors, []);
    t.deepEqual(
      found.documents.map(({ index, line, value }) => [index, line, value]),
      documents.map(row => [...row]),
    );
  },
  title: (_, [text]: Row) => `reads ${JSON.stringify(text)}`,
});

test(reads, ['', []]);
test(reads, ['# only a comment\n', []]);
test(reads, ['---\n---\n', []]);
test(reads, ['a: 1', [[1, 1, { a: 1 }]]]);
test(reads, ['\ufeffa: 1', [[1, 1, { a: 1 }]]]);
test(reads, ['# comment\n---\na: 1\n', [[1, 3, { a: 1 }]]]);
test(reads, [
  'a: 1\n---\n---\nb: 2\n---\n',
  [
    [1, 1, { a: 1 }],
    [3, 4, { b: 2 }],
  ],
]);
test(reads, [
  'a: 1\r\n---\r\nb: 2\r\n',
  [
    [1, 1, { a: 1 }],
    [2, 3, { b: 2 }],
  ],
]);
test(reads, [
  '{\n\t"a": [1, true, null],\n\t"b": "\\/\\u00e9"\n}\n',
  [[1, 1, { a: [1, true, null], b: '/é' }]],
]);
// YAML 1.2: neither a boolean nor a date, as a header's value or a label would have to be quoted otherwise.
test(reads, ['a: yes\nb: 2020-01-01', [[1, 1, { a: 'yes', b: '2020-01-01' }]]]);
test(reads, [
  'a: &x {q: 1}\nb: *x\nc: {<<: *x, r: 2}',
  [[1, 1, { a: { q: 1 }, b: { q: 1 }, c: { q: 1, r: 2 } }]],
]);

test('a key named __proto__ stays data', t => {
  const [document] = parseYamlDocuments('__proto__: {admin: true}').documents;
  const value = document?.value as { admin?: unknown };
  t.true(Object.hasOwn(value, '__proto__'));
  t.is(value.admin, undefined);
  t.is(({} as { admin?: unknown }).admin, undefined);
});

type Bad = readonly [what: string, text: string, document: number, line: number, message: RegExp];

const refuses = test.macro({
  exec(t, [, text, document, line, message]: Bad) {
    const { documents, errors } = parseYamlDocuments(text);
    t.deepEqual(documents, []);
    const [error] = errors;
    t.is(errors.length, 1);
    t.is(error?.document, document);
    t.is(error?.line, line);
    t.regex(error?.message ?? '', message);
    t.notRegex(error?.message ?? '', /\n/);
  },
  title: (_, [what]: Bad) => `refuses ${what}`,
});

const LAUGHS = [
  'a: &a [1,1,1,1,1,1,1,1,1]',
  'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]',
  'c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]',
  'd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]',
].join('\n');

test(refuses, ['a duplicate key', 'a: 1\nb:\n  x: 1\n  x: 2', 1, 4, /the key x stands twice/]);
test(refuses, ['a duplicate quoted key', '{"a b": 1,\n"a b": 2}', 1, 2, /the key "a b" stands twice/]);
test(refuses, ['an open list', 'a: [1,\n  2', 1, 2, /end with a \]/]);
test(refuses, ['an open string', '\n\na: "x', 1, 3, /Missing closing "quote/]);
test(refuses, ['a tab as indentation', 'a:\n\tb: 1', 1, 2, /write spaces/]);
test(refuses, ['a list that turns into a map', '- a\nb: 1', 1, 2, /mend the indentation/]);
test(refuses, ['two JSON objects without a separator', '{"a":1}\n{"b":2}', 1, 2, /line ---/]);
test(refuses, ['an alias without anchor', 'a: *x', 1, 1, /Unresolved alias.*: x/]);
test(refuses, ['an anchor that contains itself', 'b: 1\na: &x [*x]', 1, 2, /inside of its own anchor/]);
test(refuses, ['a billion laughs', LAUGHS, 1, 1, /more than 100/]);
test(refuses, ['a merge of no map', 'a: {<<: 1}', 1, 1, /[Mm]erge/]);
test(refuses, ['an unknown tag', 'a: !foo b', 1, 1, /leave the tag out/]);
test(refuses, ['bytes', 'b: 1\na: !!binary aGk=', 1, 2, /JSON does not know/]);
test(refuses, ['a number without end', 'a:\n  b: .inf', 1, 2, /write a finite one/]);
test(refuses, ['101 levels', `${'['.repeat(102)}${']'.repeat(102)}`, 1, 1, /nested too deeply/]);
test(refuses, ['more brackets than the stack holds', '['.repeat(50_000), 1, 1, /nested too deeply/]);
test(refuses, ['more dashes than the stack holds', '- '.repeat(20_000), 1, 1, /nested too deeply/]);

test('a broken document says where it is and leaves the others', t => {
  const { documents, errors } = parseYamlDocuments('a: 1\n---\nb: 1\nb: 2\n---\nc: 3');
  t.deepEqual(
    documents.map(({ index, value }) => [index, value]),
    [
      [1, { a: 1 }],
      [3, { c: 3 }],
    ],
  );
  t.deepEqual(errors, [
    { document: 2, line: 4, column: 1, message: 'the key b stands twice in one map: keep one of them' },
  ]);
});

test('every duplicate key is told at once', t => {
  const { errors } = parseYamlDocuments('a: 1\na: 2\nb: 1\nb: 2');
  t.deepEqual(
    errors.map(({ line }) => line),
    [2, 4],
  );
});

const SAMPLE = parseYamlDocuments(`# head
---
kind: Ingress
spec:
  rules:
    - host: a
      http: {paths: [
        {path: /x}]}
    - &second
      host: b
  same: *second
`).documents[0];

type Place = readonly [path: readonly (string | number)[], line: number];

const stands = test.macro({
  exec(t, [path, line]: Place) {
    t.is(SAMPLE?.lineOf(path), line);
  },
  title: (_, [path, line]: Place) => `finds ${JSON.stringify(path)} on line ${line}`,
});

test(stands, [[], 3]);
test(stands, [['spec'], 4]);
test(stands, [['spec', 'rules', 0], 6]);
test(stands, [['spec', 'rules', 0, 'http', 'paths', 0, 'path'], 8]);
test(stands, [['spec', 'rules', 1, 'host'], 10]);
test(stands, [['spec', 'rules', 1, 'http', 'paths'], 10]);
test(stands, [['spec', 'same', 'host'], 10]);
test(stands, [['spec', 'rules', 7], 5]);
test(stands, [['nothing'], 3]);

test('any text gives documents or errors and never throws', t => {
  const yamlish = fc.array(
    fc.constantFrom(
      'a',
      ': ',
      '\n',
      '  ',
      '- ',
      '---\n',
      '[',
      ']',
      '{',
      '}',
      '&x ',
      '*x',
      '"',
      "'",
      '!',
      '|',
      '\t',
      '?',
      ',',
      '#',
      '<<',
      '%',
    ),
    { maxLength: 60 },
  );
  const text = fc.oneof(
    anyText({ maxLength: 200 }),
    yamlish.map(parts => parts.join('')),
  );
  fc.assert(
    fc.property(text, input => {
      const { documents, errors } = parseYamlDocuments(input);
      for (const { value } of documents) JSON.stringify(value);
      for (const { line, column, message } of errors) {
        t.true(line >= 1 && column >= 1);
        t.notRegex(message, /[\n\r]/);
      }
    }),
    { numRuns: 1000 },
  );
});

test('JSON is read as JSON.parse reads it', t => {
  const jsonKey = fc.string({ maxLength: 20 }).filter(key => key !== '<<');
  const { json } = fc.letrec(tie => ({
    json: fc.oneof({ maxDepth: 4 }, tie('leaf'), fc.array(tie('json')), fc.dictionary(jsonKey, tie('json'))),
    leaf: fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.string({ unit: 'grapheme' })),
  }));
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const { documents, errors } = parseYamlDocuments(text);
      t.deepEqual(errors, []);
      t.deepEqual(documents[0]?.value ?? null, JSON.parse(text));
    }),
    { numRuns: 300 },
  );
});
