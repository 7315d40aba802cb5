import test from 'ava';
import fc from 'fast-check';
import { BodyFraming, FRAMING } from '../../../router/http1/body-framing.ts';
import { HeadReader } from '../../../router/http1/head-reader.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';
import { llhttpReads, type ReadRequest } from '../../helpers/llhttp-oracle.ts';

/** The complete requests that the engine would pass on, before the first that it refuses. */
const engineReads = (input: string): readonly ReadRequest[] => {
  const reader = new HeadReader();
  const head = new RequestHead();
  const framing = new BodyFraming();
  const complete: ReadRequest[] = [];
  reader.append(Buffer.from(input, 'latin1'));
  for (;;) {
    const text = reader.next();
    if (typeof text !== 'string' || head.parse(text) !== null) return complete;
    const fields = Array.from({ length: head.fields.count }, (_, at) => [
      head.fields.name(at),
      head.fields.value(at),
    ]);
    framing.begin(
      head.isChunked ? FRAMING.dechunked : head.contentLength > 0 ? FRAMING.length : FRAMING.none,
      head.contentLength,
    );
    let body = '';
    const bytes = reader.take();
    const end = framing.take(bytes, 0, bytes.length, {
      bodyBytes: (buffer, from, to) => {
        body += buffer.toString('latin1', from, to);
      },
      bodyText: () => undefined,
    });
    if (!framing.done) return complete;
    const target = text.slice(head.method.length + 1, text.indexOf(' ', head.method.length + 1));
    complete.push({ method: head.method, target, fields: fields.flat(), body });
    if (end === bytes.length || head.closes) return complete;
    reader.append(bytes.subarray(end));
  }
};

const BASES: readonly string[] = [
  'GET /cart?a=1 HTTP/1.1\r\nHost: taobao.com\r\nAccept: */*\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: a.com\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: a.com\r\n\r\n',
  'POST /a HTTP/1.1\r\nHost: a.com\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: 1\r\n\r\nGET /b HTTP/1.1\r\nHost: a.com\r\n\r\n',
  'GET http://a.com:80/x HTTP/1.1\r\nHost: a.com\r\nConnection: keep-alive, foo\r\nFoo: 1\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: a.com\r\n\r\n\r\nGET /b HTTP/1.0\r\n\r\n',
  'PUT /u HTTP/1.1\r\nHost: a.com\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi',
  'GET /ws HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
];

const NASTY: readonly string[] = [
  ...[
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\0',
    '\x0b',
    '\x0c',
    '\x7f',
    '\x80',
    '\xff',
    ':',
    ';',
    ',',
    '"',
    '\\',
    '=',
    '%',
    '#',
    '?',
    '/',
    '@',
  ],
  ...[
    '0',
    '1',
    'f',
    'g',
    '+',
    '-',
    'X',
    '_',
    'chunked',
    'Chunked',
    'identity',
    'gzip',
    'HTTP/1.0',
    'HTTP/1.1',
    'HTTP/2.0',
  ],
  ...[
    'Content-Length: 3\r\n',
    'Content-Length : 3\r\n',
    'content-length:\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding : chunked\r\n',
  ],
  ...[
    'Transfer-Encoding:\tchunked\r\n',
    'Transfer-Encoding: \x0bchunked\r\n',
    'Transfer-Encoding\r\n : chunked\r\n',
    'TE: chunked\r\n',
    'Host: b\r\n',
    ' folded\r\n',
  ],
  ...[
    '0\r\n\r\n',
    '5\r\n',
    '3;\r\n',
    '3;x="\r\n',
    'fffffffffffffffff\r\n',
    'GET / HTTP/1.1\r\n',
    '\r\n\r\n',
    'CONNECT',
    'PRI',
    'SOURCE',
    'QUERY ',
  ],
];

const mutated = fc
  .tuple(
    fc.constantFrom(...BASES),
    fc.array(
      fc.record({
        at: fc.nat(300),
        deleted: fc.integer({ min: 0, max: 6 }),
        inserted: fc.constantFrom('', ...NASTY),
      }),
      { minLength: 0, maxLength: 3 },
    ),
  )
  .map(([base, edits]) =>
    edits.reduce((text, { at, deleted, inserted }) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + inserted + text.slice(position + deleted);
    }, base),
  );

test('what strict llhttp refuses does not pass, and what passes is read alike', async t => {
  let passed = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(mutated, async input => {
      const ours = engineReads(input);
      const theirs = await llhttpReads(input);
      t.deepEqual(ours, theirs.slice(0, ours.length), JSON.stringify(input));
      passed += ours.length;
      refused += ours.length < theirs.length ? 1 : 0;
    }),
    { numRuns: 3000 },
  );
  // Neither side may pass by refusing, or accepting, everything.
  t.true(passed > 1000, `${passed} passed`);
  t.log(`${passed} requests passed; ${refused} inputs of which llhttp takes more`);
});

test('the unchanged messages pass on both sides', async t => {
  for (const base of BASES) {
    const ours = engineReads(base);
    t.deepEqual(ours, await llhttpReads(base));
    t.true(ours.length >= 1);
  }
});

test('the methods are exactly those of llhttp, but CONNECT, TRACE and those it takes for other protocols', async t => {
  const { METHODS } = await import('node:http');
  for (const method of METHODS) {
    const input = `${method} / HTTP/1.1\r\nHost: a.com\r\n\r\n`;
    const isRefused = ['CONNECT', 'TRACE', 'SOURCE'].includes(method);
    t.is(engineReads(input).length, isRefused ? 0 : 1, method);
  }
});
