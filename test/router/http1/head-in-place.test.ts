import test from 'ava';
import fc from 'fast-check';
import { SCAN_MARGIN_BYTES } from '../../../router/http1/head-bytes.ts';
import { RequestHead } from '../../../router/http1/request-head.ts';
import { ResponseHead } from '../../../router/http1/response-head.ts';
import { TE_MUTATIONS } from '../../helpers/smuggling.ts';

/** A head in a read buffer, with `before` in front of it and stale bytes behind what was read. */
const placed = (
  before: string,
  head: string,
  after: string,
): { buffer: Buffer; start: number; end: number } => {
  const stale = 'Z: stale\r\n\r\nGET /stale HTTP/1.1\r\n\r\n';
  const text = before + head + after;
  const buffer = Buffer.from(text + stale.repeat(2) + 'x'.repeat(SCAN_MARGIN_BYTES), 'latin1');
  return { buffer, start: before.length, end: text.length };
};

const lines: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom(
      'Connection: keep-alive',
      'X-A: \t b \t',
      'Cookie: a=b; c="d"',
      'A:',
      'Date: now',
    ),
  },
  fc.constantFrom(
    'Host: taobao.com',
    'host:taobao.com ',
    'Connection: keep-alive',
    'Connection: close, x-a',
    'Content-Length: 3',
    'Transfer-Encoding: chunked',
    'X-A: \t b \t',
    'Cookie: a=b; c="d"',
    'A',
    'A : b',
    ' folded',
    'A: b\rc',
    'A: b\nc',
    'A: \0',
    'Upgrade: websocket',
    'Keep-Alive: timeout=5',
    'Date: now',
  ),
  fc.constantFrom(...TE_MUTATIONS),
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(code => String.fromCharCode(code)), maxLength: 12 }),
);
const startLine = fc.constantFrom(
  'GET / HTTP/1.1',
  'GET /a?b HTTP/1.0',
  'POST /%41 HTTP/1.1',
  'GET / HTTP/3.0',
  'GET  / HTTP/1.1',
  'get / HTTP/1.1',
  'TRACE / HTTP/1.1',
  'HTTP/1.1 200 OK',
  'HTTP/1.0 404',
  'HTTP/1.1 100 Continue',
  'HTTP/1.1 99 ',
);
const head = fc
  .tuple(startLine, fc.constantFrom(['Host: taobao.com'], []), fc.array(lines, { maxLength: 5 }))
  .map(([first, host, rest]) => [first, ...host, ...rest].map(line => `${line}\r\n`).join(''));

type Readable = { parse(text: string): unknown; parseAt(buffer: Buffer, start: number, end: number): number };

/** All that a reader may ask of a head. */
const seen = (read: RequestHead | ResponseHead): unknown => {
  const { fields } = read;
  const kept = Array.from({ length: fields.count }, (_, at) => [
    fields.name(at),
    fields.value(at),
    fields.kind(at),
    fields.isKept(at),
  ]);
  return JSON.parse(JSON.stringify({ ...read, fields: kept }));
};

const sameInPlace = test.macro<[() => Readable & (RequestHead | ResponseHead)]>({
  exec(t, make) {
    let read = 0;
    fc.assert(
      fc.property(
        head,
        fc.constantFrom('', 'x\r\n'),
        fc.constantFrom('', 'body', '\r\n\r\n'),
        (text, before, after) => {
          // What `parse` is handed ends at the first empty line; a text with one inside is two heads.
          const [first = ''] = text.split('\r\n\r\n');
          const whole = first === text ? text : `${first}\r\n`;
          const { buffer, start, end } = placed(before, `${whole}\r\n`, after);
          const copied = make();
          const fault = copied.parse(whole);
          const inPlace = make();
          const got = inPlace.parseAt(buffer, start, end);
          // White space before a colon is taken out of the text of an answer (P7).
          if (fault === null && !/^[^:\r\n]+[ \t]+:/m.test(whole)) {
            read += 1;
            t.is(got, start + whole.length + 2, JSON.stringify(whole));
            t.deepEqual(seen(inPlace), seen(copied));
            // Cut anywhere, it is not whole: nothing behind the cut may be read.
            for (let cut = start; cut < got; cut += 1) {
              t.is(
                make().parseAt(placed(before, `${whole}\r\n`, after).buffer, start, cut),
                0,
                `cut at ${cut}`,
              );
            }
          } else t.is(got, 0, JSON.stringify(whole));
        },
      ),
      { numRuns: 1_500 },
    );
    t.true(read > 100, `${read} heads had no fault`);
  },
  title: (title = '') => `${title}: a head is read alike where it stands and as a text, or left to the text`,
});

test('requests', sameInPlace, () => new RequestHead());
test('answers', sameInPlace, () => new ResponseHead());

test('a buffer without room for a NUL and a word behind the head is left alone', t => {
  const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  for (let room = 0; room < SCAN_MARGIN_BYTES; room += 1) {
    const buffer = Buffer.from(text + 'x'.repeat(room), 'latin1');
    t.is(new RequestHead().parseAt(buffer, 0, text.length), 0);
    t.is(buffer.toString('latin1'), text + 'x'.repeat(room));
  }
  const buffer = Buffer.from(text + 'x'.repeat(SCAN_MARGIN_BYTES), 'latin1');
  t.is(new RequestHead().parseAt(buffer, 0, text.length), text.length);
});
