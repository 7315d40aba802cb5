import test from 'ava';
import { formatProblem } from '../../../src/core/problem.ts';
import { MAX_REGEXES } from '../../../src/core/ticket/matcher-grammar.ts';
import type { Matcher } from '../../../src/core/ticket/ticket.ts';
import { parseTickets } from '../../../src/core/ticket/ticket-grammar.ts';
import { ticketOf } from './matcher-contract.ts';

const read = test.macro({
  exec(t, written: unknown, matcher: Matcher) {
    t.deepEqual(ticketOf({ cookie: { foo: written } }).cookies, [{ name: 'foo', matcher }]);
  },
  title: (_, written) => `${JSON.stringify(written)} is a matcher`,
});

test(read, 'bar', { kind: 'exact', value: 'bar' });
test(read, '', { kind: 'exact', value: '' });
test(read, { exact: 'bar' }, { kind: 'exact', value: 'bar' });
test(read, { exact: '' }, { kind: 'exact', value: '' });
test(read, { prefix: 'b' }, { kind: 'prefix', value: 'b' });
test(read, { suffix: 'r' }, { kind: 'suffix', value: 'r' });
test(read, { contains: 'a' }, { kind: 'contains', value: 'a' });
test(read, { regex: '^b' }, { kind: 'regex', pattern: '^b' });
test(read, { in: ['b', 'a', 'b', ''] }, { kind: 'in', values: ['', 'a', 'b'] });
test(read, { present: true }, { kind: 'present' });
test(read, { absent: true }, { kind: 'absent' });
test(read, { exact: 'é'.repeat(2048) }, { kind: 'exact', value: 'é'.repeat(2048) });

const refused = test.macro({
  exec(t, written: unknown, ...lines: readonly string[]) {
    const { tickets, problems } = parseTickets(written, 't');
    t.deepEqual(problems.map(formatProblem), [...lines]);
    t.deepEqual(tickets, []);
  },
  title: (_, written, ...[first = '']: readonly string[]) =>
    `${JSON.stringify(written).slice(0, 90)} is refused: ${first.slice(0, 150)}`,
});

test(
  refused,
  { header: { foo: 5 } },
  'MatcherInvalid t.header.foo "5": is no matcher but a number; write "5" in quotes.',
);
test(
  refused,
  { header: { foo: true } },
  'MatcherInvalid t.header.foo "true": is no matcher but true; write "true" in quotes, or {"present": true}.',
);
test(
  refused,
  { header: { foo: null } },
  'MatcherInvalid t.header.foo: is no matcher but null; write a string, or an object such as {"exact": "bar"}.',
);
test(
  refused,
  { header: { foo: ['a'] } },
  'MatcherInvalid t.header.foo: is no matcher but a list; write {"in": […]} for a list of values.',
);
test(
  refused,
  { header: { foo: {} } },
  'MatcherInvalid t.header.foo: has no form; write exactly one of exact, prefix, suffix, contains, regex, in, present, absent.',
);
test(
  refused,
  { header: { foo: { prefix: 'a', suffix: 'b' } } },
  'MatcherInvalid t.header.foo: has prefix and suffix; write exactly one of exact, prefix, suffix, contains, regex, in, present, absent.',
);
test(
  refused,
  { header: { foo: { Prefix: 'a' } } },
  'MatcherInvalid t.header.foo.Prefix: unknown field; did you mean "prefix"?',
);
test(
  refused,
  { header: { foo: { startsWith: 'a' } } },
  'MatcherInvalid t.header.foo.startsWith: unknown field; did you mean "prefix"?',
);
test(
  refused,
  { header: { foo: { exact: 5 } } },
  'MatcherInvalid t.header.foo.exact "5": must be a string, not a number; write "5" in quotes.',
);
test(
  refused,
  { header: { foo: { prefix: '' } } },
  'MatcherInvalid t.header.foo.prefix "": is empty, which every value satisfies; write {"present": true} if that is meant.',
);
test(
  refused,
  { header: { foo: { regex: '' } } },
  'MatcherInvalid t.header.foo.regex "": is empty, which every value satisfies; write {"present": true} if that is meant.',
);
test(
  refused,
  { header: { foo: { in: [] } } },
  'MatcherInvalid t.header.foo.in: is an empty list, which nothing can match; write for example ["uid1", "uid2"], or leave it out.',
);
test(
  refused,
  { header: { foo: { in: 'a' } } },
  'MatcherInvalid t.header.foo.in "a": must be a list such as ["uid1", "uid2"], not a string.',
);
test(
  refused,
  { header: { foo: { in: ['a', 7] } } },
  'MatcherInvalid t.header.foo.in[1] "7": must be a string in quotes, not a number.',
);
test(
  refused,
  { header: { foo: { present: false } } },
  'MatcherInvalid t.header.foo.present "false": must be true; write {"absent": true} for the opposite.',
);
test(
  refused,
  { header: { foo: { absent: 'yes' } } },
  'MatcherInvalid t.header.foo.absent "yes": must be true; write {"absent": true}.',
);
test(
  refused,
  { header: { foo: { regex: 'a{999}' } } },
  'RegexInvalid t.header.foo.regex "a{999}": compiles to 1001 instructions, at most 1000 are allowed: make its repetitions {n,m} smaller.',
);
test(
  refused,
  { header: { foo: `é${'x'.repeat(4095)}` } },
  `MatcherInvalid t.header.foo "é${'x'.repeat(119)}…": is longer than 4096 bytes; shorten it.`,
);
test(
  refused,
  { header: { foo: { in: ['x'.repeat(4097)] } } },
  `MatcherInvalid t.header.foo.in "${'x'.repeat(120)}…": is longer than 4096 bytes; shorten it.`,
);
test(
  refused,
  { header: 'foo' },
  'TicketInvalid t.header "foo": must be an object such as {"foo": "bar"}, not a string.',
);
test(
  refused,
  { header: ['foo'] },
  'TicketInvalid t.header: must be an object such as {"foo": "bar"}, not a list.',
);
test(
  refused,
  { query: {} },
  'TicketInvalid t.query: names no query parameter; write for example {"foo": "bar"}, or leave it out.',
);
test(
  refused,
  { header: { Foo: 'a', foo: 'b' } },
  'TicketInvalid t.header.foo: names a header twice, since header names have no case; write it once.',
);
test(
  refused,
  { header: { 'X-Forwarded-For': '10.0.0.1' } },
  'TicketInvalid t.header.X-Forwarded-For "X-Forwarded-For": is reserved, it is set by the router itself: use "sourceIP" for the address of the client, another header for the rest.',
);
test(
  refused,
  { query: { '': 'a' } },
  'TicketInvalid t.query[""] "": is an empty name of a query parameter: write a name.',
);
test(
  refused,
  { cookie: { 'a=b': 'c' } },
  'TicketInvalid t.cookie["a=b"] "a=b": can be no name of a cookie: it must have no "=", no ";", no control character, and no space at its ends.',
);

test('all 64 regexes of an Ingress are read, whichever tickets they stand in', t => {
  const ticket = (from: number) => ({
    header: Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`h${from + n}`, { regex: 'a' }])),
  });
  const full = [ticket(0), ticket(32)];
  t.deepEqual(parseTickets(full, 't').problems, []);
  const { tickets, problems } = parseTickets(
    [...full, { query: { q: { regex: 'a' } } }, { percent: 1 }],
    't',
  );
  t.deepEqual(problems.map(formatProblem), [
    `RegexInvalid t[2].query.q.regex "a": is one regex too many: all tickets of an Ingress may have ${MAX_REGEXES}; write plain values with {"in": […]}.`,
  ]);
  t.deepEqual(
    tickets.map(({ index }) => index),
    [0, 1, 3],
  );
});

test('after four regexes that are too large the rest is not compiled: it would cost seconds', t => {
  const header = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`h${n}`, { regex: 'a{1000}' }]));
  const messages = parseTickets({ header }, 't').problems.map(({ message }) => message);
  t.is(messages.filter(message => message.startsWith('compiles to 1002 instructions')).length, 4);
  t.is(
    messages.filter(
      message => message === 'was not looked at, since 4 regexes are too large already: mend those first.',
    ).length,
    2,
  );
});
