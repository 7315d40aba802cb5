// DESIGN 7: every limit has its own answer, and is where it is said to be.
import test from 'ava';
import { MAX_HEADER_BYTES, MAX_HEADER_FIELDS, MAX_TARGET_BYTES } from '../../../router/http1/request-head.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const HOST = 'Host: a\r\n';

const targetOf = (bytes: number): string => `GET /${'t'.repeat(bytes - 1)} HTTP/1.1\r\n${HOST}\r\n`;
const blockOf = (bytes: number): string =>
  `GET / HTTP/1.1\r\n${HOST}A: ${'b'.repeat(bytes - HOST.length - 'A: \r\n'.length)}\r\n\r\n`;
const fieldsOf = (count: number): string =>
  `GET / HTTP/1.1\r\n${HOST}${Array.from({ length: count - 1 }, (_, nth) => `F${nth}: b\r\n`).join('')}\r\n`;

const boundary = test.macro({
  async exec(t, requestOf: (size: number) => string, limit: number, refusal: string) {
    const bugs = await inWorld([await startAnsweringOrigin(OK)], {}, async ({ router }) => {
      const statusOf = async (size: number, isCut: boolean): Promise<string> => {
        const client = await connectRaw(router.port);
        const text = requestOf(size);
        if (isCut) await new Promise(resolve => client.socket.write(text.slice(0, -3), 'latin1', resolve));
        client.write(isCut ? text.slice(-3) : text);
        const answer = await client.until(peer => /\r\n\r\n(?:ok|[\s\S]+\n)$/.test(peer.received));
        client.socket.destroy();
        return answer.slice(9, answer.indexOf('\r\n'));
      };
      for (const isCut of [false, true]) {
        t.is(await statusOf(limit - 1, isCut), '200 OK');
        t.is(await statusOf(limit, isCut), '200 OK');
        t.is(await statusOf(limit + 1, isCut), refusal);
      }
    });
    t.deepEqual(bugs, []);
  },
  title: (what = '', _requestOf, limit: number, refusal: string) =>
    `P-limits ${what}: ${limit} pass, one more is ${refusal}`,
});

test('request target in bytes', boundary, targetOf, MAX_TARGET_BYTES, '414 URI Too Long');
test('header block in bytes', boundary, blockOf, MAX_HEADER_BYTES, '431 Request Header Fields Too Large');
test('header fields', boundary, fieldsOf, MAX_HEADER_FIELDS, '431 Request Header Fields Too Large');

test('P-limits all of them at once still pass', async t => {
  const request = `GET /${'t'.repeat(MAX_TARGET_BYTES - 1)} HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(98)}`;
  const rest = MAX_HEADER_BYTES - HOST.length - 98 * 6 - 'B: \r\n'.length;
  await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client }) => {
    client.write(`${request}B: ${'c'.repeat(rest)}\r\n\r\n`);
    t.is(await client.untilText('\r\n\r\nok'), OK);
  });
});

test('P-limits the router’s own answers are small, to HEAD they are the head alone, and JSON for who prefers it', async t => {
  const asked = async (request: string): Promise<string> => {
    let answer = '';
    await inWorld([], {}, async ({ client }) => {
      client.write(`${request}\r\n`);
      answer = await client.until(peer => /\r\n\r\n[\s\S]*\n$|\r\n\r\n$/.test(peer.received));
    });
    return answer;
  };
  const id = 'X-Request-Id: id-1\r\n';
  const plain = await asked(`GET /<script> HTTP/1.1\r\n${HOST}${id}Accept: text/html, */*;q=0.1\r\n`);
  t.regex(
    plain,
    /^HTTP\/1\.1 503 [\s\S]*\r\nContent-Type: text\/plain; charset=utf-8\r\n[\s\S]*request id: id-1\n$/,
  );
  t.true(plain.length < 512);
  t.false(plain.includes('script'));
  const json = await asked(`GET / HTTP/1.1\r\n${HOST}${id}Accept: text/plain;q=0.5, application/json\r\n`);
  t.regex(json, /\r\nContent-Type: application\/json\r\n/);
  t.is((JSON.parse(json.slice(json.indexOf('\r\n\r\n') + 4)) as { requestId: string }).requestId, 'id-1');
  const head = await asked(`HEAD / HTTP/1.1\r\n${HOST}${id}`);
  t.regex(head, /^HTTP\/1\.1 503 (?:[^\r]+\r\n)+Content-Length: [1-9][0-9]+\r\n(?:[^\r]+\r\n)*\r\n$/);
});
