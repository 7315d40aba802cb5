import test from 'ava';
import {
  type GrammarContext,
  isTooLong,
  memberField,
  report,
  shapeOf,
  sortedUnique,
} from '../../../src/core/ticket/grammar-context.ts';

const fields = test.macro({
  exec(t, name: string, field: string) {
    t.is(memberField('t', name), field);
  },
  title: (_, name, field) => `member ${JSON.stringify(name)} stands at ${field}`,
});

test(fields, 'X-Foo_1', 't.X-Foo_1');
test(fields, 'a.b', 't["a.b"]');
test(fields, 'a\n\u001b[31mb', 't["a\\n\\u001b[31mb"]');
test(fields, '', 't[""]');

const shapes = test.macro({
  exec(t, value: unknown, shape: string) {
    t.is(shapeOf(value), shape);
  },
  title: (_, __, shape) => `what is ${shape} is called so`,
});

test(shapes, null, 'null');
test(shapes, [], 'a list');
test(shapes, {}, 'an object');
test(shapes, '', 'a string');
test(shapes, 0, 'a number');
test(shapes, false, 'false');
test(shapes, undefined, 'no JSON value');

test('a problem repeats scalars, and nothing that is nested', t => {
  const context: GrammarContext = { problems: [], regexCount: 0, tooLargeRegexes: 0 };
  for (const value of [5, 'x', null, [1], { a: 1 }, undefined])
    report(context, 'TicketInvalid', { field: 'f', value, message: 'm.' });
  t.deepEqual(
    context.problems.map(problem => problem.value),
    ['5', 'x', undefined, undefined, undefined, undefined],
  );
});

test('length is counted in UTF-8 bytes', t => {
  t.false(isTooLong('é'.repeat(2048)));
  t.true(isTooLong('é'.repeat(2049)));
});

test('equal sets of strings are equal lists', t => {
  t.deepEqual(sortedUnique(['b', 'a', 'b', 'B']), ['B', 'a', 'b']);
});
