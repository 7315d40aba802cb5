import test from 'ava';
import { inAnnotatedWorld } from '../../helpers/annotated-router.ts';

test('request headers are set, added and removed on the way to the backend', async t => {
  const annotations = {
    'sluice.dev/request-headers': '{set: {X-Env: prod}, add: {X-Tag: [a, é]}, remove: [X-Debug]}',
  };
  const bugs = await inAnnotatedWorld(annotations, {}, async ({ ask, origin }) => {
    await ask('GET / HTTP/1.1', 'x-env: mine', 'X-Tag: own', 'x-debug: 1', 'X-DEBUG: 2', 'X-Other: 1');
    const seen = origin.connections[0]?.received ?? '';
    t.deepEqual(seen.match(/^x-(?:env|tag|debug|other):.*$/gim), [
      'X-Tag: own',
      'X-Other: 1',
      'X-Env: prod',
      'X-Tag: a',
      'X-Tag: Ã©',
    ]);
  });
  t.deepEqual(bugs, []);
});

test('the answer that switches to a WebSocket carries what other answers carry: cookie of the affinity, headers of the route', async t => {
  const annotations = {
    affinity: 'cookie',
    'session-cookie-name': 'route',
    'sluice.dev/response-headers': '{set: {X-Frame-Options: DENY}, remove: [Server]}',
  };
  const answer =
    'HTTP/1.1 101 Switching Protocols\r\nServer: old\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst';
  const bugs = await inAnnotatedWorld(annotations, { answer }, async ({ client }) => {
    client.write('GET / HTTP/1.1\r\nHost: taobao.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    t.regex(
      await client.untilText('first'),
      /^HTTP\/1\.1 101 Switching Protocols\r\nSet-Cookie: route=[^;]+; Path=\/; HttpOnly\r\nX-Frame-Options: DENY\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst$/,
    );
  });
  t.deepEqual(bugs, []);
});

test('response headers are set, added and removed on the way back, also of our own answers', async t => {
  const annotations = {
    'sluice.dev/response-headers': '{set: {X-Frame-Options: DENY}, add: {Set-Cookie: a=b}, remove: [Server]}',
  };
  const answer =
    'HTTP/1.1 200 OK\r\nServer: old\r\nx-frame-options: ALLOW\r\nSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\nok';
  const bugs = await inAnnotatedWorld(annotations, { answer }, async ({ ask }) => {
    const text = await ask('GET / HTTP/1.1');
    t.deepEqual(text.match(/^(?:server|x-frame-options|set-cookie):.*$/gim), [
      'Set-Cookie: c=d',
      'X-Frame-Options: DENY',
      'Set-Cookie: a=b',
    ]);
    t.true(text.endsWith('\r\n\r\nok'));
  });
  await inAnnotatedWorld(annotations, { answer: null }, async ({ ask }) => {
    t.regex(await ask('GET / HTTP/1.1'), /^HTTP\/1\.1 503 [\s\S]*\r\nX-Frame-Options: DENY\r\n/);
  });
  t.deepEqual(bugs, []);
});
