import test from 'ava';
import { readBodySize } from '../../../src/core/policies/body-size.ts';
import { grammarMacro } from './policy-grammar.ts';

const rows = test.macro(grammarMacro(readBodySize));
const limit = (maxBytes: number) => ({ kind: 'body-size', maxBytes });
const refused = { problems: ['proxy-body-size'] };

test(rows, {}, undefined);
test(rows, { 'proxy-body-size': '0' }, undefined);
test(rows, { 'proxy-body-size': '100' }, limit(100));
test(rows, { 'proxy-body-size': '8k' }, limit(8192));
test(rows, { 'proxy-body-size': '8M' }, limit(8_388_608));
test(rows, { 'proxy-body-size': '2g' }, limit(2_147_483_648));
for (const value of ['', 'm', '8 m', '8mb', '-1', '1.5m', '8t', '9999999999999'])
  test(rows, { 'proxy-body-size': value }, undefined, refused);
