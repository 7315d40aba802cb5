import test from 'ava';
import fc from 'fast-check';
import { FieldSection } from '../../../../router/http2/hpack/field-section.ts';
import { HpackDecoder } from '../../../../router/http2/hpack/hpack-decoder.ts';
import { HpackEncoder } from '../../../../router/http2/hpack/hpack-encoder.ts';
import { Output } from '../../../../router/http2/output.ts';
import type { RawField } from '../../../helpers/http2-frames.ts';

const written = (write: (out: Output) => void): Buffer => {
  const out = new Output();
  write(out);
  return Buffer.from(out.bytes.subarray(0, out.length));
};

const decoded = (decoder: HpackDecoder, bytes: Buffer): RawField[] | null => {
  const section = new FieldSection();
  section.begin({ maxBytes: 1_000_000, maxFields: 1_000 });
  if (!decoder.decode(bytes, 0, bytes.length, section)) return null;
  return section.fields.slice(0, section.count).map(({ name, value }): RawField => [name, value]);
};

const fieldsOf = (write: (encoder: HpackEncoder, out: Output) => void): RawField[] | null =>
  decoded(
    new HpackDecoder(),
    written(out => write(new HpackEncoder(), out)),
  );

const answers = test.macro({
  exec(t, status: number, lines: string, fields: readonly RawField[]) {
    t.deepEqual(
      fieldsOf((encoder, out) => encoder.answer(out, status, lines)),
      [...fields],
    );
  },
  title: (_, status, lines) => `an answer's head: ${status} ${JSON.stringify(lines)}`,
});

test(answers, 200, '', [[':status', '200']]);
test(answers, 599, '', [[':status', '599']]);
test(answers, 103, 'Link: </a>\r\n', [
  [':status', '103'],
  ['link', '</a>'],
]);
test(answers, -1, 'Grpc-Status: 0\r\n', [['grpc-status', '0']]);
test(answers, 404, 'X-A:b\r\nx-B: \t c \t\r\nX_c:\r\n', [
  [':status', '404'],
  ['x-a', 'b'],
  ['x-b', 'c'],
  ['x_c', ''],
]);
test(
  answers,
  200,
  'Connection: close\r\nKeep-Alive: timeout=4\r\nTransfer-Encoding: chunked\r\nUpgrade: h2c\r\n' +
    'Proxy-Connection: x\r\nHTTP2-Settings: x\r\nHost: x\r\nTE: gzip\r\nServer: y\r\n',
  [
    [':status', '200'],
    ['server', 'y'],
  ],
);

const requests = test.macro({
  exec(t, head: string, fields: readonly RawField[]) {
    t.deepEqual(
      fieldsOf((encoder, out) => encoder.request(out, head, 'https')),
      [...fields],
    );
  },
  title: (_, head) => `a request's head: ${JSON.stringify(head)}`,
});

test(requests, 'GET / HTTP/1.1\r\nHost: a.com\r\n\r\n', [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', 'a.com'],
]);
test(requests, 'POST /a?b HTTP/1.1\r\nAccept: */*\r\nhost:\t a.com:80 \r\nTE: trailers\r\nx: y\r\n\r\n', [
  [':method', 'POST'],
  [':scheme', 'https'],
  [':path', '/a?b'],
  [':authority', 'a.com:80'],
  ['accept', '*/*'],
  ['te', 'trailers'],
  ['x', 'y'],
]);
test(requests, 'OPTIONS * HTTP/1.1\r\nX-Host: b\r\nHost: a.com\r\nTE: trailers, deflate\r\n\r\n', [
  [':method', 'OPTIONS'],
  [':scheme', 'https'],
  [':path', '*'],
  [':authority', 'a.com'],
  ['x-host', 'b'],
]);
test(requests, 'GET /x HTTP/1.1\r\n\r\n', [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/x'],
]);

test('a connection begins by saying that it uses no dynamic table, and says it once', t => {
  const encoder = new HpackEncoder();
  t.deepEqual([...written(out => encoder.answer(out, 200, ''))], [0x20, 0x88]);
  t.deepEqual([...written(out => encoder.answer(out, 204, ''))], [0x89]);
});

test('what authenticates is never to be indexed, by any hop', t => {
  for (const name of ['Cookie', 'authorization', 'Set-Cookie', 'Proxy-Authorization']) {
    const bytes = written(out => new HpackEncoder().answer(out, 200, `${name}: a\r\n`));
    t.is((bytes[2] ?? 0) & 0xf0, 0x10, name);
  }
  t.is((written(out => new HpackEncoder().answer(out, 200, 'Server: a\r\n'))[2] ?? 0xff) & 0xf0, 0);
});

test('values of every length around the limits of an integer arrive', t => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  for (const length of [0, 1, 31, 32, 33, 126, 127, 128, 129, 254, 255, 256, 16_383, 16_384, 40_000]) {
    const value = 'v'.repeat(length);
    const bytes = written(out => encoder.answer(out, 200, `x-long: ${value}\r\nserver: ${value}  \r\n`));
    t.deepEqual(decoded(decoder, bytes), [
      [':status', '200'],
      ['x-long', value],
      ['server', value],
    ]);
  }
});

const TOKEN = "abcXYZ019-_.!#$%&'*+^`|~";
const name = fc
  .string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 40 })
  .map(text => `x${text}`);
const value = fc
  .string({
    unit: fc.constantFrom('a', 'Z', '0', ' ', '\t', ':', ';', '"', '\xe4', '\xff', ','),
    maxLength: 200,
  })
  .map(text => text.replaceAll(/^[ \t]+|[ \t]+$/g, ''));

test('what is encoded is decoded as it was', t => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), fields => {
      const lines = fields.map(([fieldName, text]) => `${fieldName}: ${text}\r\n`).join('');
      const found = decoded(
        decoder,
        written(out => encoder.answer(out, 200, lines)),
      );
      const expected = [
        [':status', '200'],
        ...fields.map(([fieldName, text]) => [fieldName.toLowerCase(), text]),
      ];
      return JSON.stringify(found) === JSON.stringify(expected);
    }),
    { numRuns: 500 },
  );
  t.pass();
});
