import test from 'ava';
import { sentThrough } from '../../helpers/sent-through.ts';

const HOST = 'Host: a.com\r\n';
const get = (fields: string): string => `GET / HTTP/1.1\r\n${HOST}${fields}\r\n`;
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
/** What the next hop can rely on. */
const OURS = [
  /\r\nX-Forwarded-For: 127\.0\.0\.1\r\n/,
  /\r\nX-Real-IP: 127\.0\.0\.1\r\n/,
  /\r\nX-Forwarded-Proto: http\r\n/,
  /\r\nX-Forwarded-Host: a\.com\r\n/,
  /\r\nX-Forwarded-Port: \d+\r\n/,
  /\r\nX-Request-Id: [0-9a-f]{32}\r\n/,
  /\r\nx-sluice-track: stable\r\n/,
  /\r\nHost: a\.com\r\n/,
];

// CVE-2026-33805 (@fastify/reply-from), CVE-2021-32813 and CVE-2024-45410 (Traefik): the client had the proxy strip its own fields.
test('S9: a Connection that names who asks or for what is 400, as Envoy has it; plain and on an upgrade', async t => {
  const names =
    'Host Cookie Authorization Content-Length Transfer-Encoding Forwarded X-Forwarded-For x-forwarded-proto ' +
    'X-FORWARDED-HOST X-Forwarded-Port X-Forwarded-Anything X-Real-IP X-Request-Id x-sluice-track x_forwarded_for';
  await sentThrough({}, async ({ send, origin }) => {
    for (const name of names.split(' ')) {
      for (const list of [name, `close, ${name}`, `a,\t${name} ,b`, `foo\r\nConnection: ${name}`]) {
        t.deepEqual((await send(get(`Connection: ${list}\r\n`))).statuses, [400], list);
        t.deepEqual((await send(get(`${UPGRADE}Connection: ${list}\r\n`))).statuses, [400], list);
      }
    }
    t.is(origin.connections.length, 0);
  });
});

test('S9: our fields always arrive, whatever Connection names', async t => {
  await sentThrough({}, async ({ send }) => {
    for (const list of [
      'via',
      'upgrade',
      'keep-alive, te',
      'date',
      'x',
      'connection',
      '__proto__',
      '"x"',
      'close, via',
    ]) {
      for (const fields of [`Connection: ${list}\r\n`, `${UPGRADE}Connection: ${list}\r\n`]) {
        const { requests } = await send(get(`${fields}Via: 1.1 a\r\nX: y\r\n`));
        for (const line of [...OURS, /\r\nVia: 1\.1 sluice\r\n/])
          t.regex(requests[0]?.head ?? '', line, list);
      }
    }
  });
});

test('S9: a ticket that Connection names is gone before anybody decides, for the decision and for the origin', async t => {
  const seen: (string | undefined)[] = [];
  const decide = (request: { headerLine(name: string, nth: number): string | undefined }): undefined => {
    seen.push(request.headerLine('foo', 0));
    return undefined;
  };
  await sentThrough({ decide }, async ({ send }) => {
    const before = 'foo: bar\r\nConnection: foo\r\n';
    const behind = 'Connection: FOO\r\nfoo: bar\r\nFoo: baz\r\n';
    for (const fields of [before, behind, UPGRADE + before, behind + UPGRADE]) {
      const { requests } = await send(get(fields));
      t.notRegex(requests[0]?.head ?? '', /foo/i, fields);
    }
    t.deepEqual(seen, [undefined, undefined, undefined, undefined]);
  });
});

test('S9: the choice is fixed at the head: trailers change neither our fields nor what was named', async t => {
  await sentThrough({}, async ({ send }) => {
    const body =
      '2\r\nok\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: x\r\nUpgrade: h2c\r\nfoo: bar\r\nx: y\r\nKeep-Alive: 1\r\nVia: 1.1 z\r\n\r\n';
    const { requests } = await send(
      `POST / HTTP/1.1\r\n${HOST}Connection: foo\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
    );
    t.is(requests[0]?.body, '2\r\nok\r\n0\r\nx: y\r\n\r\n');
    for (const line of OURS) t.regex(requests[0]?.head ?? '', line);
  });
});

test('S9: a Connection that no honest sender writes is 400', async t => {
  await sentThrough({}, async ({ send }) => {
    t.deepEqual((await send(get(`Connection: ${'a,'.repeat(33)}\r\n`))).statuses, [400]);
    t.deepEqual((await send(get('Connection: a,b,c,d,e,f,g,h\r\n'.repeat(5)))).statuses, [400]);
  });
});
