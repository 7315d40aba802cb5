import test from 'ava';
import { annotatedPlan, inAnnotatedWorld } from '../../helpers/annotated-router.ts';

test('a backend that does not answer within proxy-read-timeout costs the request 504', async t => {
  const bugs = await inAnnotatedWorld(
    { 'proxy-read-timeout': '1' },
    { answer: () => '' },
    async ({ ask }) => {
      t.regex(await ask('GET / HTTP/1.1'), /^HTTP\/1\.1 504 [\s\S]*UpstreamTimeout/);
    },
  );
  t.deepEqual(bugs, []);
});

test('a backend that takes nothing of a body within proxy-send-timeout costs the request 504', async t => {
  const bugs = await inAnnotatedWorld(
    { 'proxy-send-timeout': '1' },
    { answer: () => '' },
    async ({ client, origin }) => {
      client.write('POST / HTTP/1.1\r\nHost: taobao.com\r\nContent-Length: 100000000\r\n\r\n');
      (await origin.connection(0)).socket.pause();
      client.write('x'.repeat(20_000_000));
      t.regex(await client.untilText('UpstreamTimeout'), /^HTTP\/1\.1 504 /);
    },
  );
  t.deepEqual(bugs, []);
});

test('connect timeouts are in the plan', t => {
  const [host] = annotatedPlan({ 'proxy-connect-timeout': '3' }, 1).hosts;
  const action = host?.routes[0]?.action;
  t.deepEqual(action?.kind === 'forward' ? action.policies : null, [
    { kind: 'timeouts', connectMs: 3000, readMs: null, sendMs: null },
  ]);
});
