import test from 'ava';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { reexpands } from '../../../src/core/ticket/conditional-state.ts';
import { regexPattern } from '../../helpers/regex-patterns.ts';

const ANYWHERE = 0;
const character = fc.constantFrom(...Array.from('ab_Z9 -\né淘', letter => letter.codePointAt(0) ?? 0), -1);

test('it says when re2js looks behind a condition once more', t => {
  const outcomes = { true: 0, false: 0 };
  fc.assert(
    fc.property(regexPattern, fc.array(character, { minLength: 1, maxLength: 8 }), (pattern, characters) => {
      const { dfa } = RE2JS.compile(`\\b|${pattern}`).re2();
      const { closure } = dfa;
      let expanded: readonly number[][] = [];
      dfa.closure = (from, conditions) => {
        expanded = [...expanded, from];
        return closure.call(dfa, from, conditions);
      };
      let state = dfa.start({ context: () => 5, step: () => -8, endPos: () => 0 }, 0);
      for (const next of characters) {
        // A transition of its own for each character, so that none is remembered.
        state = Object.assign(Object.create(Object.getPrototypeOf(state)), state, { next: null });
        expanded = [];
        const before = state;
        state = dfa.step(state, 0, next, ANYWHERE);
        const expected = expanded.includes(before.nfaStates);
        t.is(reexpands(before.flag, next), expected, JSON.stringify([pattern, characters, next]));
        outcomes[`${expected}`] += 1;
      }
    }),
    { numRuns: 200 },
  );
  t.true(outcomes.true > 100 && outcomes.false > 100, JSON.stringify(outcomes));
});
