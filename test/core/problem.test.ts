import test from 'ava';
import fc from 'fast-check';
import {
  failed,
  formatProblem,
  memberField,
  ok,
  PROBLEM_CODES,
  type Problem,
  shownValue,
} from '../../src/core/problem.ts';
import { anyText } from '../helpers/any-text.ts';
import { UNPRINTABLE } from '../helpers/problem-lines.ts';

const problem = (parts: Partial<Problem> = {}): Problem => ({
  code: 'HostInvalid',
  field: 'spec.rules[0].host',
  message: 'is no host name; write a name.',
  ...parts,
});

test('a problem is one line: code, field, value, message', t => {
  t.is(
    formatProblem(problem({ value: 'a b' })),
    'HostInvalid spec.rules[0].host "a b": is no host name; write a name.',
  );
  t.is(formatProblem(problem()), 'HostInvalid spec.rules[0].host: is no host name; write a name.');
  t.is(
    formatProblem(problem({ value: '' })),
    'HostInvalid spec.rules[0].host "": is no host name; write a name.',
  );
});

test('every denial code of DESIGN 5 is there, once', t => {
  t.is(new Set(PROBLEM_CODES).size, PROBLEM_CODES.length);
  for (const code of [
    ...['HostInvalid', 'HostTooLong', 'HostTaken', 'HostNotAllowed', 'PathInvalid', 'PathDuplicate'],
    ...[
      'ServiceConfigInvalid',
      'KeyMismatch',
      'TicketInvalid',
      'MatcherInvalid',
      'RegexInvalid',
      'TrackUnknown',
    ],
    ...['EdgeServiceInvalid', 'AnnotationInvalid', 'AnnotationUnsupported', 'CanaryIngress'],
  ]) {
    t.true((PROBLEM_CODES as readonly string[]).includes(code), code);
  }
});

test('no text of an author brings a control, bidirectional or invisible character to a terminal', t => {
  const text = fc.oneof(
    anyText(),
    fc.string({
      unit: fc.constantFrom(
        '\n',
        '\r',
        '\x1b[31m',
        '\x7f',
        '\x9b',
        '\u2028',
        '\u202e',
        '\u2066',
        '\u200b',
        '\ufeff',
        '\0',
        '"',
        'a',
      ),
    }),
  );
  fc.assert(
    fc.property(text, text, text, (field, value, message) => {
      t.notRegex(formatProblem(problem({ field, value, message })), UNPRINTABLE);
      t.notRegex(shownValue(value), UNPRINTABLE);
      t.notRegex(memberField('a', field).slice(1), UNPRINTABLE);
    }),
    { numRuns: 1000 },
  );
});

test('a megabyte of input is a line of some hundred characters', t => {
  const line = formatProblem(problem({ field: 'a'.repeat(1_000_000), value: 'b'.repeat(1_000_000) }));
  t.true(line.length < 500);
  t.true(line.includes(`${'b'.repeat(120)}…"`));
});

test('a value reads back as JSON unless it was cut', t => {
  fc.assert(
    fc.property(anyText({ maxLength: 60 }), value => {
      t.is(JSON.parse(shownValue(value)), value);
    }),
    { numRuns: 500 },
  );
});

test('a member is named by its path, and quoted where its name is no plain word', t => {
  t.is(memberField('spec', 'rules'), 'spec.rules');
  t.is(memberField('spec', 'x-y_1'), 'spec.x-y_1');
  t.is(memberField('spec', 'a.b'), 'spec["a.b"]');
  t.is(memberField('spec', ''), 'spec[""]');
  t.is(memberField('spec', 'a": fine\n'), 'spec["a\\": fine\\n"]');
});

test('a result is a value or its problems', t => {
  t.deepEqual(ok(1), { ok: true, value: 1 });
  t.deepEqual(failed(problem()), { ok: false, problems: [problem()] });
});
