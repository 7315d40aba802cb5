import test from 'ava';
import { describe, type FieldReader, parseFields } from '../../../src/core/objects/field-reader.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const ACCEPTED = { kind: 'Thing', apiVersions: ['v1', 'v2'] } as const;

const read = <T>(fields: object, reader: (fields: FieldReader) => T): T | readonly string[] => {
  const parsed = parseFields({ apiVersion: 'v1', kind: 'Thing', ...fields }, ACCEPTED, reader);
  return parsed.ok ? parsed.value : parsed.problems.map(formatProblem);
};

test('the kind and version are checked before any field is read', t => {
  t.deepEqual(
    read({ apiVersion: 'v3', kind: 'Other' }, fields => fields.text('x')),
    [
      'ObjectInvalid kind "Other": expected Thing, got the text "Other"',
      'ObjectInvalid apiVersion "v3": expected one of v1, v2, got the text "v3"',
    ],
  );
});

test('a value of any shape has words', t => {
  const words = [undefined, null, [], {}, 'x\n', 5, Number.NaN, true, 5n, Symbol('s')].map(describe);
  t.deepEqual(words, [
    'nothing',
    'null',
    'a list',
    'an object',
    'the text "x\\n"',
    'the number 5',
    'the number NaN',
    'the boolean true',
    'the bigint 5',
    'the symbol Symbol(s)',
  ]);
});

test('what is under a field of the wrong type is not reported as missing too', t => {
  t.deepEqual(
    read({ spec: 5 }, fields => fields.child('spec', 'an object').child('port', 'an object').port('number')),
    ['ObjectInvalid spec "5": expected an object, got the number 5'],
  );
});

test('fallbacks stand in for what is not set, not for what is wrong', t => {
  const all = (fields: FieldReader) => [
    fields.text('a', 'A'),
    fields.port('b', 80),
    fields.choice('c', ['x', 'y'], 'y'),
    fields.optionalText('d'),
    fields.optionalFlag('e'),
  ];
  t.deepEqual(read({}, all), ['A', 80, 'y', null, null]);
  t.deepEqual(read({ a: '', b: 1, c: 'x', d: '', e: true }, all), ['', 1, 'x', '', true]);
  t.deepEqual(read({ a: 1, b: 0, c: 'z', d: [], e: 1 }, all), [
    'ObjectInvalid a "1": expected a text, got the number 1; put it in quotes: "1"',
    'ObjectInvalid b "0": expected a port number from 1 to 65535, got the number 0',
    'ObjectInvalid c "z": expected one of x, y, got the text "z"',
    'ObjectInvalid d: expected a text, got a list',
    'ObjectInvalid e "1": expected true or false, got the number 1',
  ]);
});

test('an empty port name is refused', t => {
  t.deepEqual(
    read({ port: '' }, fields => fields.portOrName('port')),
    ['ObjectInvalid port "": expected a text that is not empty, got the text ""'],
  );
});

test('an offending value is cut and its control characters are escaped', t => {
  const [line] = read({ c: `\u001b[31m${'x'.repeat(1_000_000)}` }, fields =>
    fields.choice('c', ['a']),
  ) as readonly string[];
  t.true((line ?? '').length < 400);
  t.notRegex(line ?? '', /\u001b/);
});
