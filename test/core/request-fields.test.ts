import test from 'ava';
import fc from 'fast-check';
import { cookieValue, queryValue } from '../../src/core/request-fields.ts';
import { cookiePairs, queryPairs } from '../helpers/request-facts.ts';

const cookies = test.macro({
  exec(t, header: string, name: string, value: string | undefined) {
    t.is(cookieValue(header, name), value);
  },
  title: (_, header, name, value) =>
    `cookie ${name} of ${JSON.stringify(header).slice(0, 60)} is ${value === undefined ? 'missing' : JSON.stringify(value)}`,
});

test(cookies, 'a=1', 'a', '1');
test(cookies, 'a=1;a=2', 'a', '1');
test(cookies, 'a=; a=2', 'a', '');
test(cookies, 'A=1; a=2', 'a', '2');
test(cookies, 'aa=1; a=2', 'a', '2');
test(cookies, 'a="1"; b=2', 'a', '"1"');
test(cookies, 'a=%31', 'a', '%31');
test(cookies, 'a=1=2', 'a', '1=2');
test(cookies, '  a\t=  x y\t ;b=2', 'a', 'x y');
test(cookies, 'a; b=2', 'a', undefined);
test(cookies, 'a; b=2', 'b', '2');
test(cookies, 'b=a=1', 'a', undefined);
test(cookies, '', 'a', undefined);
test(cookies, ';;;', 'a', undefined);
test(cookies, 'a', 'a', undefined);
test(cookies, 'a,b=1', 'b', undefined);
test(cookies, '\xc3\xa9=\xc3\xa9', '\xc3\xa9', '\xc3\xa9');
test(cookies, '__proto__=1', '__proto__', '1');

const queries = test.macro({
  exec(t, query: string, name: string, value: string | undefined) {
    t.is(queryValue(query, name), value);
  },
  title: (_, query, name, value) =>
    `query parameter ${name} of ${JSON.stringify(query)} is ${value === undefined ? 'missing' : JSON.stringify(value)}`,
});

test(queries, 'a=1', 'a', '1');
test(queries, 'a=1&a=2', 'a', '1');
test(queries, 'a', 'a', '');
test(queries, 'a&b=2', 'a', '');
test(queries, 'a=&a=2', 'a', '');
test(queries, 'A=1&a=2', 'a', '2');
test(queries, '%61=1', 'a', '1');
test(queries, '%6', 'a', undefined);
test(queries, 'x+y=1', 'x y', '1');
test(queries, 'x%20y=1', 'x y', '1');
test(queries, 'x%2By=1', 'x+y', '1');
test(queries, 'a=x+y%2Bz', 'a', 'x y+z');
test(queries, 'a=%zz%4', 'a', '%zz%4');
test(queries, '%zz=1', '%zz', '1');
test(queries, 'a=%25%36%31', 'a', '%61');
test(queries, 'a=%C3%A9', 'a', '\xc3\xa9');
test(queries, 'a=1;b=2', 'b', undefined);
test(queries, 'a=1=2', 'a', '1=2');
test(queries, '&&a=1', 'a', '1');
test(queries, 'aa=1&a=2', 'a', '2');
test(queries, 'ab=1', 'a', undefined);
test(queries, '', 'a', undefined);
test(queries, 'b=a=1', 'a', undefined);

const name = fc.constantFrom('a', 'ab', 'b', ' ', '%', '');
const noise = fc
  .array(
    fc.oneof(
      fc.constantFrom('a=', ';a=', '; ab=', '&a=', '&%61b=', 'b = '),
      fc.constantFrom('a', 'b', '=', ';', '&', ' ', '	', '+', '%', '%61', '%62', '%zz', '6', '1', '"'),
    ),
    { maxLength: 12 },
  )
  .map(pieces => pieces.join(''));

test('cookies are found as a plain split finds them, whatever the header', t => {
  let found = 0;
  fc.assert(
    fc.property(noise, name, (header, wanted) => {
      const expected = cookiePairs(header).find(([cookie]) => cookie === wanted)?.[1];
      if (expected !== undefined) found += 1;
      t.is(cookieValue(header, wanted), expected);
    }),
    { numRuns: 5000 },
  );
  t.true(found > 250, `${found} found`);
});

test('query parameters are found as a plain split finds them, whatever the query', t => {
  let found = 0;
  fc.assert(
    fc.property(noise, name, (query, wanted) => {
      const expected = queryPairs(query).find(([parameter]) => parameter === wanted)?.[1];
      if (expected !== undefined) found += 1;
      t.is(queryValue(query, wanted), expected);
    }),
    { numRuns: 5000 },
  );
  t.true(found > 250, `${found} found`);
});
