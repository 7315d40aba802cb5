import test from 'ava';
import fc from 'fast-check';
import { utf8Bytes } from '../../../src/core/byte-string.ts';
import { MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';
import { parsePathRegex, parseRegex, type RegexResult } from '../../../src/core/ticket/regex.ts';
import { anyText } from '../../helpers/any-text.ts';

const compiled = <T>(result: RegexResult<T>): T => {
  if (!result.ok) throw new Error(result.message);
  return result.value;
};

const messageOf = (result: RegexResult<unknown>): string => (result.ok ? '' : result.message);

const matches = test.macro({
  exec(t, pattern: string, subject: string, expected: boolean) {
    t.is(compiled(parseRegex(pattern)).test(subject, new MatchingBudget()), expected);
  },
  title: (_, pattern, subject, expected) =>
    `/${pattern}/ ${expected ? 'matches' : 'does not match'} ${JSON.stringify(subject)}`,
});

test(matches, 'b', 'abc', true);
test(matches, '^b', 'abc', false);
test(matches, 'B', 'abc', false);
test(matches, '(?i)B', 'abc', true);
test(matches, '^bar$', 'bar\n', false);
test(matches, 'é', utf8Bytes('café'), true);
test(matches, '^caf.$', utf8Bytes('café'), true);
test(matches, '^\\pL+$', utf8Bytes('淘宝'), true);
test(matches, 'é', '\xe9', false);
test(matches, '^.$', '\xff', true);
test(matches, '^$', '', true);
test(matches, '\\d', '\u00b2', false);

const refusals = test.macro({
  exec(t, pattern: string, message: RegExp) {
    t.regex(messageOf(parseRegex(pattern)), message);
    t.regex(messageOf(parsePathRegex(pattern)), message);
  },
  title: (_, pattern: string, message: RegExp) => `${pattern.slice(0, 40)} is refused: ${message.source}`,
});

test(refusals, '(a', /^is no RE2 regular expression, missing closing \): `\(a`: correct it/);
test(refusals, '(?=a)', /has no look-ahead, look-behind, back-references/);
test(refusals, '(?<!a)b', /write it without/);
test(refusals, '(a)\\1', /has no look-ahead, look-behind, back-references/);
test(refusals, 'a{1001}', /invalid repeat count/);
test(refusals, '[z-a]\n', /^is no RE2[^\n]*$/);
test(refusals, 'a)|(b', /unexpected \)/);
test(refusals, 'a'.repeat(513), /longer than 512 characters/);
test(refusals, 'b'.repeat(100_000), /longer than 512 characters/);
test(refusals, '(?:a{500}){2}b{10}', /compiles to 1012 instructions, at most 1000/);

test('512 characters are allowed, counted as characters and not as UTF-16 units', t => {
  t.true(parseRegex('a'.repeat(512)).ok);
  t.true(parseRegex('\u{1F600}'.repeat(512)).ok);
});

test('1,000 instructions are allowed', t => {
  // Two instructions on top: fail and match.
  t.true(parseRegex('a{998}').ok);
  t.deepEqual(parseRegex('a{999}'), {
    ok: false,
    message: 'compiles to 1001 instructions, at most 1000 are allowed: make its repetitions {n,m} smaller',
    tooLarge: true,
  });
});

test('a value over 4 KiB never matches', t => {
  const regex = compiled(parseRegex('a'));
  t.true(regex.test('a'.repeat(4096), new MatchingBudget()));
  t.false(regex.test('a'.repeat(4097), new MatchingBudget()));
  const path = compiled(parsePathRegex('/a'));
  t.truthy(path.groups(`/${'a'.repeat(4095)}`, new MatchingBudget()));
  t.is(path.groups(`/${'a'.repeat(4096)}`, new MatchingBudget()), undefined);
  t.false(path.test(`/${'a'.repeat(4096)}`, new MatchingBudget()));
});

// A backtracking engine would need longer than the universe is old for any one of these.
const catastrophes = test.macro({
  exec(t, pattern: string, subject: string) {
    t.false(compiled(parseRegex(pattern)).test(subject, new MatchingBudget()));
  },
  title: (_, pattern) => `${pattern} ends on a hostile value of 4 KiB`,
});

test(catastrophes, '^(a+)+$', `${'a'.repeat(4095)}!`);
test(catastrophes, '^(a|a)*$', `${'a'.repeat(4095)}!`);
test(catastrophes, '^(.*a){20}$', `${'a'.repeat(4095)}!`);
test(catastrophes, '^([a-zA-Z]+)*$', `${'a'.repeat(4095)}!`);
test(catastrophes, '^(a?){150}a{150}!!$', 'a'.repeat(4096));

test('a regex whose states outgrow their cache answers like a plain search', t => {
  const regex = compiled(parseRegex('[ab]*a[ab]{12}[cd]'));
  const plain = /a[ab]{12}[cd]/;
  let outcomes = 0;
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'b', 'c'), minLength: 20, maxLength: 600 });
  fc.assert(
    fc.property(letters, subject => {
      const expected = plain.test(subject);
      outcomes |= expected ? 1 : 2;
      t.is(regex.test(subject, new MatchingBudget()), expected);
    }),
    { numRuns: 1000 },
  );
  t.is(outcomes, 3);
});

test('parse never throws, whatever the pattern', t => {
  const pieces = fc.constantFrom(
    '(', ')', '[', ']', '{', '}', '*', '+', '?', '|', '\\', '^', '$', '-', ',', '.', 'a', 'Q', 'E', 'p', 'L',
    '1000', '(?i)', '(?:', '(?P<n>', '\\Q', '[[:alpha:]]', '\ud800', 'é', '\n', '\0',
  ); // biome-ignore format: a list of pieces
  const patterns = fc.oneof(
    anyText(),
    fc.array(pieces).map(list => list.join('')),
  );
  fc.assert(
    fc.property(patterns, pattern => {
      t.notThrows(() => parseRegex(pattern));
      t.notThrows(() => parsePathRegex(pattern));
    }),
    { numRuns: 2000 },
  );
});

const groups = test.macro({
  exec(t, pattern: string, path: string, expected: readonly (string | undefined)[] | undefined) {
    const regex = compiled(parsePathRegex(pattern));
    t.deepEqual(regex.groups(path, new MatchingBudget()), expected);
    t.is(regex.test(path, new MatchingBudget()), expected !== undefined);
  },
  title: (_, pattern, path, expected) =>
    `path ${JSON.stringify(path)} under ${pattern} has ${expected === undefined ? 'no match' : `the groups ${JSON.stringify(expected)}`}`,
});

test(groups, '/cart(/|$)(.*)', '/cart/list', ['/cart/list', '/', 'list']);
test(groups, '/cart(/|$)(.*)', '/cart', ['/cart', '', '']);
test(groups, '/cart(/|$)(.*)', '/cartoon', undefined);
test(groups, '/cart', '/my/cart', undefined);
test(groups, '/a|/b', '/x/b', undefined);
test(groups, '/CART', '/cart/list', ['/cart']);
test(groups, '/(a)|/(b)', '/b', ['/b', undefined, 'b']);
test(groups, '^/a', '/a', ['/a']);
test(groups, '/(.*)', utf8Bytes('/é/淘'), [utf8Bytes('/é/淘'), utf8Bytes('é/淘')]);
test(groups, '/(.)(.)', '/\xff\xfe', ['/\xff\xfe', '\xff', '\xfe']);

test('a \\Q that is never closed would swallow the anchoring of a path: it is refused', t => {
  t.is(messageOf(parsePathRegex('/\\Qa')), 'has a \\Q without \\E: close it');
  t.true(parseRegex('\\Qa').ok);
});

test('groups are found as long as the budget lasts, and cost more than the answer whether there is a match', t => {
  const regex = compiled(parsePathRegex('/(en|fr|de|it|es|pt|nl|pl)/shop(/|$)(.*)'));
  const path = `/en/shop/${'a'.repeat(3000)}`;
  const budget = new MatchingBudget();
  t.true(regex.test(path, budget));
  const left = budget.left;
  t.like(regex.groups(path, budget), { 1: 'en', 3: 'a'.repeat(3000) });
  t.true(budget.left < left - 3000);
  while (!budget.isExhausted) t.is(regex.groups(path, budget)?.[1], budget.isExhausted ? undefined : 'en');
  t.is(regex.groups('/en/shop/', budget), undefined);
});

// Alone it would take 50 ms: hundreds of ways at each of 4,000 bytes.
test('groups that are costly to find are not looked for', t => {
  const regex = compiled(parsePathRegex('/(?:a|b)*a(?:a|b){200}c?'));
  const path = `/${'ab'.repeat(2000)}`;
  const budget = new MatchingBudget();
  t.is(regex.groups(path, budget), undefined);
  t.true(budget.isExhausted);
});
