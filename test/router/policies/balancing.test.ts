import test from 'ava';
import { inAnnotatedWorld } from '../../helpers/annotated-router.ts';

test('affinity: cookie binds a client with the attributes that were asked for', async t => {
  const annotations = { affinity: 'cookie', 'session-cookie-name': 'route', 'session-cookie-max-age': '60' };
  const bugs = await inAnnotatedWorld(annotations, {}, async ({ ask }) => {
    const first = await ask('GET / HTTP/1.1');
    const token = /\r\nSet-Cookie: route=([^;]+); Path=\/; Max-Age=60; HttpOnly\r\n/.exec(first)?.[1];
    t.truthy(token, first);
    t.notRegex(await ask('GET / HTTP/1.1', `Cookie: route=${token}`), /Set-Cookie/);
  });
  t.deepEqual(bugs, []);
});

for (const annotations of [
  { 'load-balance': 'round_robin' },
  { 'load-balance': 'ewma' },
  { 'upstream-hash-by': '$http_x_user$request_uri' },
]) {
  test(`${JSON.stringify(annotations)} leads to the backend`, async t => {
    const bugs = await inAnnotatedWorld(annotations, {}, async ({ ask }) => {
      t.regex(await ask('GET /a?b HTTP/1.1', 'X-User: 1'), /^HTTP\/1\.1 200 /);
    });
    t.deepEqual(bugs, []);
  });
}
