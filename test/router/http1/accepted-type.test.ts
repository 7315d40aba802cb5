import test from 'ava';
import fc from 'fast-check';
import { prefersJson } from '../../../router/http1/accepted-type.ts';

const preferences = test.macro({
  exec(t, accept: string | readonly string[], isJson: boolean) {
    const lines = [accept].flat().map(value => `Accept: ${value}\r\n`);
    t.is(prefersJson(`GET / HTTP/1.1\r\nHost: a\r\n${lines.join('')}`), isJson);
  },
  title: (_, accept: string | readonly string[], isJson: boolean) =>
    `Accept ${JSON.stringify(accept)} gets ${isJson ? 'JSON' : 'plain text'}`,
});

test(preferences, 'application/json', true);
test(preferences, 'APPLICATION/Json', true);
test(preferences, 'application/json, text/plain, */*', true);
test(preferences, 'application/*', true);
test(preferences, 'text/html, application/json;q=0.5', true);
test(preferences, 'text/plain;q=0.4, application/json;q=0.5', true);
test(preferences, 'application/json ; q=1.000', true);
test(preferences, 'application/json;charset="a,b;q=0"', true);
test(preferences, 'application/json;Q=0.9, text/*;q=0.8', true);
test(preferences, ['text/html;q=0.1', 'application/json'], true);
test(preferences, '*/*, application/json;q=0.9', false);
test(preferences, '*/*;q=0.5, text/plain;q=0', true);
test(preferences, '*/*', false);
test(preferences, '', false);
test(preferences, [], false);
test(preferences, 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', false);
test(preferences, 'application/json;q=0', false);
test(preferences, 'application/json;q=0, */*', false);
test(preferences, 'application/json;q=0.5, text/plain', false);
test(preferences, 'application/json;q=2', false);
test(preferences, 'application/json;q=0.1234', false);
test(preferences, 'application/json;q=', false);
test(preferences, 'application/json+x', false);
test(preferences, 'application/problem+json', false);
test(preferences, 'xapplication/json', false);
test(preferences, 'text/plain;a="application/json"', false);
test(preferences, `${'a/b,'.repeat(64)}application/json`, false);

test('another field, or the request line, is no Accept', t => {
  t.false(prefersJson('GET /?\r\naccept-x: application/json\r\nX: accept: application/json\r\n'));
  t.false(prefersJson('accept: application/json'));
});

test('whatever the head is, there is an answer', t => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'aq/*;,="\\ .01\r\n:', 'accept:', 'application/json') }),
      text => {
        t.is(typeof prefersJson(`GET / HTTP/1.1\r\nAccept: ${text}\r\n`), 'boolean');
      },
    ),
  );
});
