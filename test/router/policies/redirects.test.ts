import test from 'ava';
import { type AnnotatedOptions, type Annotations, inAnnotatedWorld } from '../../helpers/annotated-router.ts';

/** The other way to write $host. */
const BRACED = ['$', '{host}'].join('');

const LOCATION = /^HTTP\/1\.1 (\d+ [A-Za-z ]+)\r\n[\s\S]*\r\nLocation: ([^\r]*)\r\n/;

const redirects = test.macro({
  async exec(
    t,
    annotations: Annotations,
    target: string,
    expected: readonly [status: string, location: string] | null,
    options: AnnotatedOptions = {},
  ) {
    const bugs = await inAnnotatedWorld(annotations, options, async ({ ask, origin }) => {
      const answer = await ask(`GET ${target} HTTP/1.1`);
      const [, ...found] = LOCATION.exec(answer) ?? [];
      t.deepEqual(found, [...(expected ?? [])], answer);
      t.is(origin.connections.length, expected === null ? 1 : 0);
    });
    t.deepEqual(bugs, []);
  },
  title: (title, annotations, target) => title ?? `${JSON.stringify(annotations)} on ${target}`,
});

test(redirects, { 'app-root': '/app' }, '/', ['302 Found', '/app']);
test(redirects, { 'app-root': '/app' }, '/?a=1', ['302 Found', '/app']);
test(redirects, { 'app-root': '/app' }, '/app', null);
test(redirects, { 'permanent-redirect': 'https://new.com' }, '/x', [
  '301 Moved Permanently',
  'https://new.com',
]);
test(redirects, { 'temporal-redirect': '/new', 'temporal-redirect-code': '307' }, '/x', [
  '307 Temporary Redirect',
  '/new',
]);
test(
  redirects,
  { 'permanent-redirect': 'https://new.com$request_uri', 'permanent-redirect-code': '308' },
  '/a/../b%2f?q=%20',
  ['308 Permanent Redirect', 'https://new.com/b%2F?q=%20'],
);
test(redirects, { 'temporal-redirect': `$scheme://www.${BRACED}$uri$is_args$args` }, '/x?a=b', [
  '302 Found',
  'http://www.taobao.com/x?a=b',
]);
test(redirects, { 'temporal-redirect': 'https://$http_host/x$is_args' }, '/x?', [
  '302 Found',
  'https://taobao.com/x',
]);
test('app-root comes before a redirect', redirects, { 'app-root': '/app', 'permanent-redirect': '/p' }, '/', [
  '302 Found',
  '/app',
]);
test(
  'a route without a ready pod redirects all the same',
  redirects,
  { 'permanent-redirect': '/p' },
  '/x',
  ['301 Moved Permanently', '/p'],
  { answer: null },
);
test(
  'redirects come before the source range, as in nginx',
  redirects,
  { 'permanent-redirect': '/p', 'whitelist-source-range': '10.0.0.0/8' },
  '/x',
  ['301 Moved Permanently', '/p'],
);

test('a redirected upload is read past, and the connection goes on', async t => {
  const bugs = await inAnnotatedWorld({ 'permanent-redirect': '/p' }, {}, async ({ client }) => {
    client.write(
      'POST /a HTTP/1.1\r\nHost: taobao.com\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: taobao.com\r\n\r\n',
    );
    await client.until(peer => peer.received.split('HTTP/1.1 301').length === 3);
  });
  t.deepEqual(bugs, []);
});
