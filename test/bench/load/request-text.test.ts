import test from 'ava';
import { requestText } from '../../../bench/load/request-text.ts';

test('a marked request carries the ticket, an unmarked one does not', t => {
  t.true(requestText('get', 'a.test', true).includes('\r\nfoo: bar\r\n'));
  t.false(requestText('get', 'a.test', false).includes('foo: bar'));
});

test('a request is one head with its host and the body that it announces', t => {
  const [head = '', body = ''] = requestText('post-4k', 'a.test', false).split('\r\n\r\n');
  t.true(head.startsWith('POST /upload/form HTTP/1.1\r\nHost: a.test\r\n'));
  t.true(head.endsWith(`Content-Length: ${body.length}`));
  t.is(body.length, 4096);
});

test('a chunked body is four chunks and its end', t => {
  const text = requestText('chunked', 'a.test', false);
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  t.regex(body, /^(?:400\r\nu{1024}\r\n){4}0\r\n\r\n$/);
});
