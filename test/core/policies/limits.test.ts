import test from 'ava';
import { readLimits } from '../../../src/core/policies/limits.ts';
import { grammarMacro } from './policy-grammar.ts';

const rows = test.macro(grammarMacro(readLimits));
const limits = (parts: object) => ({ kind: 'limits', rates: [], connections: null, exempt: [], ...parts });

test(rows, {}, undefined);
test(rows, { 'limit-rps': '0', 'limit-whitelist': '10.0.0.0/8' }, undefined);
test(rows, { 'limit-rps': '5' }, limits({ rates: [{ requests: 5, perMs: 1000, burst: 25 }] }));
test(
  rows,
  {
    'limit-rpm': '30',
    'limit-burst-multiplier': '2',
    'limit-connections': '3',
    'limit-whitelist': '10.0.0.7/8',
  },
  limits({ rates: [{ requests: 30, perMs: 60_000, burst: 60 }], connections: 3, exempt: ['10.0.0.0/8'] }),
);
for (const name of [
  'limit-rps',
  'limit-rpm',
  'limit-connections',
  'limit-burst-multiplier',
  'limit-whitelist',
  'limit-allowlist',
])
  for (const value of ['', '-1', '1.5', 'many', '1000001'])
    test(rows, { [name]: value }, undefined, { problems: [name] });
test(rows, { 'limit-connections': '1', 'limit-rps': 'x' }, limits({ connections: 1 }), {
  problems: ['limit-rps'],
});
