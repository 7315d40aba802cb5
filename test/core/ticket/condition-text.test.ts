import test from 'ava';
import { compileTicket } from '../../../src/core/ticket/compiled-ticket.ts';
import { ticketOf } from './matcher-contract.ts';

const texts = test.macro({
  exec(t, written: Readonly<Record<string, unknown>>, text: string) {
    t.deepEqual(
      compileTicket(ticketOf(written), { ownHost: 'taobao.com' }).conditions.map(condition => condition.text),
      [text],
    );
  },
  title: (_, written, text) => `${JSON.stringify(written)} reads: ${text}`,
});

test(texts, { header: { Foo: 'bar' } }, 'header foo = "bar"');
test(texts, { header: { foo: { exact: 'a\n\u001b[31m' } } }, 'header foo = "a\\n\\u001b[31m"');
test(texts, { cookie: { c: { prefix: 'x' } } }, 'cookie c starts with "x"');
test(texts, { cookie: { c: { suffix: 'x' } } }, 'cookie c ends with "x"');
test(texts, { query: { 'a b': { contains: 'x' } } }, 'query "a b" contains "x"');
test(texts, { query: { a: { regex: '^x$' } } }, 'query a matches regex "^x$"');
test(texts, { query: { a: { in: ['y', 'x'] } } }, 'query a in "x", "y"');
test(
  texts,
  { query: { a: { in: ['1', '2', '3', '4', '5', '6', '7'] } } },
  'query a in "1", "2", "3", "4", "5" and 2 more',
);
test(texts, { header: { a: { present: true } } }, 'header a is present');
test(texts, { header: { a: { absent: true } } }, 'header a is absent');
test(texts, { method: ['post'] }, 'method in POST');
test(texts, { sourceIP: ['10.0.0.1', '10.0.0.0/8'] }, 'sourceIP in 10.0.0.0/8, 10.0.0.1/32');
test(texts, { percent: 0.25 }, 'percent 0.25 of requests');
test(texts, { percent: 20, hashOn: 'cookie:uid' }, 'percent 20 by cookie uid');
test(texts, { percent: 20, hashOn: 'sourceIP' }, 'percent 20 by sourceIP');
test(texts, { percent: 20, sticky: { cookie: 'id' } }, 'percent 20 by sticky cookie id');
