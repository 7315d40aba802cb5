import test from 'ava';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { fastClosure } from '../../../src/core/ticket/fast-closure.ts';
import { regexPattern } from '../../helpers/regex-patterns.ts';

test('it finds what re2js finds, in ascending order', t => {
  let instructions = 0;
  fc.assert(
    fc.property(
      regexPattern,
      fc.array(fc.nat(), { minLength: 1, maxLength: 6 }),
      fc.nat(63),
      (pattern, starts, conditions) => {
        const { prog, dfa } = RE2JS.compile(pattern).re2();
        const from = starts.map(start => start % prog.numInst());
        const found = fastClosure(prog)(from, conditions);
        t.deepEqual(found, dfa.closure(from, conditions));
        instructions += found.pcs.length;
      },
    ),
    { numRuns: 200 },
  );
  t.true(instructions > 1000);
});
