import test from 'ava';
import type { ExitCode } from '../../src/cli/exit-code.ts';
import { requestedHead } from '../../src/cli/requested-head.ts';

const FLAGS = { request: 'GET', from: '127.0.0.1' };

const asks = test.macro({
  exec(t, url: string, host: string, path: string) {
    const requested = requestedHead(url, FLAGS);
    if (!requested.ok) return t.fail(requested.message);
    t.deepEqual([requested.head.host, requested.head.path], [host, path]);
  },
  title: (_, url: string) => `${url} asks as curl does`,
});

test(asks, 'http://taobao.com/cart', 'taobao.com', '/cart');
test(asks, 'HTTPS://TaoBao.com:443/', 'taobao.com', '/');
test(asks, 'taobao.com', 'taobao.com', '/');
test(asks, 'taobao.com?x=1', 'taobao.com', '/');
test(asks, 'taobao.com/a#fragment', 'taobao.com', '/a');
// Tidied up as the router does it, and not before.
test(asks, 'http://taobao.com/a/../b/%7eu', 'taobao.com', '/b/~u');
test(asks, 'http://taobao.com//a', 'taobao.com', '//a');
test(asks, 'http://[::1]:8080/x', '[::1]', '/x');

test('-H Host takes the place of the host in the URL', t => {
  const requested = requestedHead('http://localhost:29080/cart', { ...FLAGS, header: ['Host: taobao.com'] });
  t.is(requested.ok ? requested.head.host : requested.message, 'taobao.com');
});

test('the client has the address that --from says', t => {
  const requested = requestedHead('a.com', { ...FLAGS, from: '2001:db8::1' });
  t.is(requested.ok ? requested.head.sourceAddress : requested.message, '2001:db8::1');
});

const isRefused = test.macro({
  exec(t, url: string, flags: Partial<Parameters<typeof requestedHead>[1]>, exit: ExitCode) {
    const requested = requestedHead(url, { ...FLAGS, ...flags });
    t.false(requested.ok);
    if (!requested.ok) t.is(requested.exit, exit, requested.message);
  },
  title: (_, url: string, flags, exit: ExitCode) =>
    `${JSON.stringify(url)} with ${JSON.stringify(flags)} has exit code ${exit}`,
});

test(isRefused, '/cart', {}, 2);
test(isRefused, '?x', {}, 2);
test(isRefused, 'file:///etc/passwd', {}, 2);
test(isRefused, 'a.com', { from: '127.0.0.1:80' }, 2);
test(isRefused, 'a.com', { header: [': x'] }, 2);
test(isRefused, 'a.com/%00', {}, 1);
test(isRefused, 'a.com/a b', {}, 1);
test(isRefused, 'a.com', { header: ['Connection: Host'] }, 1);
test(isRefused, 'a.com', { header: ['a b: c'] }, 1);
