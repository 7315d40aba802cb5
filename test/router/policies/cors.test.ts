import test from 'ava';
import { type Annotations, inAnnotatedWorld } from '../../helpers/annotated-router.ts';

const ON = { 'enable-cors': 'true' };
const LISTED = { ...ON, 'cors-allow-origin': 'https://shop.com,https://*.tmall.com:8443' };

const fieldsOf = (answer: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    answer
      .slice(0, answer.indexOf('\r\n\r\n'))
      .split('\r\n')
      .slice(1)
      .map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );

const origins = test.macro({
  async exec(t, annotations: Annotations, origin: string | null, allowed: string | undefined) {
    const bugs = await inAnnotatedWorld(annotations, {}, async ({ ask }) => {
      const answer = await ask('GET / HTTP/1.1', ...(origin === null ? [] : [`Origin: ${origin}`]));
      t.is(fieldsOf(answer)['access-control-allow-origin'], allowed);
      t.regex(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/);
    });
    t.deepEqual(bugs, []);
  },
  title: (_, annotations, origin) => `Origin ${origin} under ${JSON.stringify(annotations)}`,
});

test(origins, ON, null, '*');
test(origins, ON, 'https://any.com', '*');
test(origins, LISTED, null, undefined);
test(origins, LISTED, 'https://shop.com', 'https://shop.com');
test(origins, LISTED, 'HTTPS://Shop.com', 'HTTPS://Shop.com');
test(origins, LISTED, 'http://shop.com', undefined);
test(origins, LISTED, 'https://shop.com.evil.example', undefined);
test(origins, LISTED, 'https://a.tmall.com:8443', 'https://a.tmall.com:8443');
test(origins, LISTED, 'https://a.b.tmall.com:8443', undefined);
test(origins, LISTED, 'https://tmall.com:8443', undefined);
test(origins, LISTED, 'https://.tmall.com:8443', undefined);
test(origins, LISTED, 'https://evil.example/.tmall.com:8443', undefined);
test(origins, { ...ON, 'cors-allow-origin': 'nonsense' }, 'https://shop.com', undefined);

test('a preflight from an allowed origin is answered here with 204, from another by the backend', async t => {
  const bugs = await inAnnotatedWorld(LISTED, {}, async ({ ask, origin }) => {
    const answer = await ask(
      'OPTIONS /x HTTP/1.1',
      'Origin: https://shop.com',
      'Access-Control-Request-Method: PUT',
    );
    t.regex(answer, /^HTTP\/1\.1 204 No Content\r\n/);
    t.like(fieldsOf(answer), {
      vary: 'Origin',
      'access-control-allow-origin': 'https://shop.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, PUT, POST, DELETE, PATCH, OPTIONS',
      'access-control-max-age': '1728000',
    });
    t.is(fieldsOf(answer)['content-length'], undefined);
    t.is(origin.connections.length, 0);
    t.regex(await ask('OPTIONS /x HTTP/1.1', 'Origin: https://evil.example'), /^HTTP\/1\.1 200 /);
  });
  t.deepEqual(bugs, []);
});

test("the policy's headers replace the backend's", async t => {
  const answer =
    'HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://old.com\r\naccess-control-max-age: 1\r\nX-Kept: 1\r\nContent-Length: 0\r\n\r\n';
  await inAnnotatedWorld({ ...LISTED, 'cors-expose-headers': 'X-Kept' }, { answer }, async ({ ask }) => {
    const text = await ask('GET / HTTP/1.1', 'Origin: https://shop.com');
    t.is(text.match(/access-control-allow-origin/gi)?.length, 1);
    t.is(text.match(/access-control-max-age/gi)?.length, 1);
    t.like(fieldsOf(text), { 'x-kept': '1', 'access-control-expose-headers': 'X-Kept' });
    t.regex(await ask('GET / HTTP/1.1'), /Access-Control-Allow-Origin: https:\/\/old\.com\r\n/);
  });
});

test('an error of the router can be read by the page that asked', async t => {
  await inAnnotatedWorld(ON, { answer: null }, async ({ ask }) => {
    const text = await ask('GET / HTTP/1.1', 'Origin: https://shop.com');
    t.regex(text, /^HTTP\/1\.1 503 /);
    t.is(fieldsOf(text)['access-control-allow-origin'], '*');
  });
});
