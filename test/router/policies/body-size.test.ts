import test from 'ava';
import { inAnnotatedWorld } from '../../helpers/annotated-router.ts';

const LIMIT = { 'proxy-body-size': '10' };
const HEAD = 'POST / HTTP/1.1\r\nHost: taobao.com\r\n';
const TOO_LARGE =
  /^HTTP\/1\.1 413 Content Too Large\r\n[\s\S]*Connection: close\r\n[\s\S]*code: BodyTooLarge\n/;

test('a body of just the size passes, in both framings', async t => {
  const bugs = await inAnnotatedWorld(LIMIT, {}, async ({ client, origin }) => {
    client.write(`${HEAD}Content-Length: 10\r\n\r\n0123456789`);
    t.regex(await client.untilText('\r\n\r\nok'), /^HTTP\/1\.1 200 /);
    client.takeReceived();
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n`);
    t.regex(await client.untilText('\r\n\r\nok'), /^HTTP\/1\.1 200 /);
    const seen = origin.connections.map(({ received }) => received).join('');
    t.true(seen.includes('0123456789') && seen.includes('56789'));
  });
  t.deepEqual(bugs, []);
});

test('a longer Content-Length is refused before a byte of the body is there', async t => {
  const bugs = await inAnnotatedWorld(LIMIT, {}, async ({ client, origin }) => {
    client.write(`${HEAD}Content-Length: 11\r\nExpect: 100-continue\r\n\r\n`);
    t.regex(await client.untilEnd(), TOO_LARGE);
    t.is(origin.connections.length, 0);
  });
  t.deepEqual(bugs, []);
});

test('a chunk that leads past the limit is refused as soon as it is announced, and never passed on', async t => {
  const bugs = await inAnnotatedWorld(LIMIT, { answer: () => '' }, async ({ client, origin }) => {
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n`);
    const backend = await origin.connection(0);
    await backend.untilText('012345');
    client.write('5\r\n');
    t.regex(await client.untilEnd(), TOO_LARGE);
    await backend.untilClosed();
    t.notRegex(backend.received, /012345\r\n5/);
  });
  t.deepEqual(bugs, []);
});

test('a whole chunked request that is too large never reaches the backend whole', async t => {
  const bugs = await inAnnotatedWorld(LIMIT, {}, async ({ client, origin }) => {
    client.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n`);
    t.regex(await client.untilEnd(), TOO_LARGE);
    t.false(origin.connections.some(({ received }) => received.includes('0123456789a')));
  });
  t.deepEqual(bugs, []);
});
