import test from 'ava';
import { readTimeouts } from '../../../src/core/policies/timeouts.ts';
import { grammarMacro } from './policy-grammar.ts';

const rows = test.macro(grammarMacro(readTimeouts));
const timeouts = (parts: Readonly<Record<string, number>>) => ({
  kind: 'timeouts',
  connectMs: null,
  readMs: null,
  sendMs: null,
  ...parts,
});

test(rows, {}, undefined);
test(rows, { 'proxy-connect-timeout': '7' }, timeouts({ connectMs: 7000 }));
test(
  rows,
  { 'proxy-read-timeout': '3600', 'proxy-send-timeout': '1' },
  timeouts({ readMs: 3_600_000, sendMs: 1000 }),
);
for (const name of ['proxy-connect-timeout', 'proxy-read-timeout', 'proxy-send-timeout'])
  for (const value of ['', '0', '5s', '-1', '1.5', '2147484', '9999999999999'])
    test(rows, { [name]: value }, undefined, { problems: [name] });
