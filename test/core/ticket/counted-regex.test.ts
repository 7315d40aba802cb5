import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { CountedRegex } from '../../../src/core/ticket/counted-regex.ts';
import { MAX_MATCHING_STEPS, MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';
import { regexPattern, regexSubject } from '../../helpers/regex-patterns.ts';

const NOT_ASCII = /[^\x00-\x7f]/;
const inputOf = (bytes: string): string | Buffer =>
  NOT_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1') : bytes;
const countedTest = (compiled: RE2JS) => {
  const counted = new CountedRegex(compiled);
  return (subject: string | Uint8Array, budget: MatchingBudget): boolean => counted.test(subject, budget);
};
const spent = (budget: MatchingBudget): number => MAX_MATCHING_STEPS - budget.left;

test('a counted regex answers as re2js does when it is left alone, in text and in bytes', t => {
  const outcomes = { true: 0, false: 0 };
  fc.assert(
    fc.property(regexPattern, fc.array(regexSubject, { minLength: 1, maxLength: 6 }), (pattern, subjects) => {
      const plain = RE2JS.compile(pattern);
      const counted = countedTest(RE2JS.compile(pattern));
      for (const subject of subjects) {
        const expected = plain.test(inputOf(subject));
        t.is(counted(inputOf(subject), new MatchingBudget()), expected, JSON.stringify([pattern, subject]));
        outcomes[`${expected}`] += 1;
      }
    }),
    { numRuns: 400 },
  );
  t.true(outcomes.true > 200 && outcomes.false > 200, JSON.stringify(outcomes));
});

for (const [pattern, matching, other] of [
  ['^\\pL+$', '\xe6\xb7\x98\xc3\xa9a', '\xe6\xb7\x981'],
  ['\\p{Greek}', 'a\xce\xb1', 'abc'],
  ['^[[:upper:]]$', 'B', 'b'],
  ['(?i)^\xc3\x89$', '\xc3\xa9', 'e'],
] as const) {
  test(`Unicode classes are read as re2js reads them: ${pattern}`, t => {
    const regex = Buffer.from(pattern, 'latin1').toString();
    for (const [subject, expected] of [
      [matching, true],
      [other, false],
    ] as const) {
      t.is(RE2JS.compile(regex).test(inputOf(subject)), expected);
      t.is(countedTest(RE2JS.compile(regex))(inputOf(subject), new MatchingBudget()), expected);
    }
  });
}

test('what a value costs does not depend on what was asked before', t => {
  fc.assert(
    fc.property(regexPattern, fc.array(regexSubject, { minLength: 2, maxLength: 6 }), (pattern, subjects) => {
      const costs = (test: ReturnType<typeof countedTest>, asked = subjects): readonly number[] =>
        asked.map(subject => {
          const budget = new MatchingBudget();
          test(inputOf(subject), budget);
          return spent(budget);
        });
      const warm = countedTest(RE2JS.compile(pattern));
      const first = costs(warm);
      t.deepEqual(costs(warm), first);
      const cold = costs(countedTest(RE2JS.compile(pattern)), subjects.slice(-1));
      t.deepEqual(cold, first.slice(-1));
    }),
    { numRuns: 200 },
  );
});

test('a regex that begins with the text ends where it can no longer match', t => {
  for (const [pattern, steps] of [
    ['^/cart/', 20],
    ['\\A(?:/cart)', 20],
    ['/cart/', 16_000],
  ] as const) {
    const budget = new MatchingBudget();
    t.false(countedTest(RE2JS.compile(pattern))(`x${'/'.repeat(4000)}`, budget));
    t.true(spent(budget) <= steps, `${pattern} ${spent(budget)}`);
  }
});

// Two letters in no order at all, so that hardly any state is met twice.
const LETTERS = createHash('shake256', { outputLength: 512 })
  .update('letters')
  .digest()
  .reduce((letters, byte) => letters + byte.toString(2).padStart(8, '0'), '')
  .replaceAll('0', 'a')
  .replaceAll('1', 'b');

/** Each is within the limits of a ticket, and as costly as its kind can be. */
const HOSTILE = [
  '(?:a|b)*a(?:a|b){200}c',
  '(?:a|b)*a[ab]{490}[ab]{480}c',
  '(?:a|b)*a(?:\\b|a|b){220}(?:a|b){100}[^ab]',
  '(?:(?:a|ab|b|ba)*){1,30}(?:a|b){100}c',
  '(?:a?){490}(?:b?){490}!',
  '(?:\\pL\\pN?|\\p{Greek}){60}!',
  '(.*a){20}$!',
  // What follows \\B is looked at only where it holds, and in no state itself.
  '(?:a|b)*a(?:a|b){20}c|\\B(?:x?){400}z',
];
for (const pattern of HOSTILE) {
  test(`however costly, it stops with its budget: ${pattern}`, t => {
    const compiled = RE2JS.compile(pattern);
    const test = countedTest(compiled);
    test('', new MatchingBudget());
    // Counted apart from the budget: the states that were computed, which is what costs time.
    const { dfa } = compiled.re2();
    const { closure } = dfa;
    let computed = 0;
    dfa.closure = (from, conditions) => {
      const found = closure(from, conditions);
      computed += found.pcs.length;
      return found;
    };
    const budget = new MatchingBudget();
    let runs = 0;
    while (!budget.isExhausted && runs < 64) {
      t.false(test(LETTERS, budget));
      runs += 1;
    }
    t.true(budget.isExhausted, `${runs} runs`);
    t.true(computed <= MAX_MATCHING_STEPS + 2 * compiled.programSize(), `${computed} states`);
    const before = computed;
    for (let more = 0; more < 64; more += 1) t.false(test(LETTERS, budget));
    t.is(computed, before, 'what is left over is not even begun');
  });
}
