import test from 'ava';
import fc from 'fast-check';
import { type BodySink, ChunkedBody } from '../../../router/http1/chunked-body.ts';

class Recording implements BodySink {
  text = '';
  bodyBytes(buffer: Buffer, start: number, end: number): void {
    this.text += buffer.toString('latin1', start, end);
  }
  bodyText(text: string): void {
    this.text += text;
  }
}

type Outcome = {
  readonly out: string;
  readonly end: number;
  readonly done: boolean;
  readonly failed: boolean;
};

/** Feeds `input` in pieces that end at `cuts`. */
const read = (input: string, cuts: readonly number[], dataOnly = false): Outcome => {
  const body = new ChunkedBody();
  const sink = new Recording();
  body.begin(dataOnly);
  let end = 0;
  for (const cut of [...cuts, input.length]) {
    if (body.done || body.failed) break;
    const piece = Buffer.from(input.slice(end, cut), 'latin1');
    end += body.take(piece, 0, piece.length, sink);
  }
  return { out: sink.text, end, done: body.done, failed: body.failed };
};

const bodies = test.macro({
  exec(t, input: string, passed: string, data: string) {
    const next = 'GET / HTTP/1.1\r\n';
    for (let cut = 0; cut <= input.length; cut += 1) {
      t.deepEqual(
        read(input + next, [cut]),
        { out: passed, end: input.length, done: true, failed: false },
        `cut at ${cut}`,
      );
      t.is(read(input + next, [cut], true).out, data, `data, cut at ${cut}`);
    }
    const everyByte = Array.from({ length: input.length + next.length }, (_, at) => at);
    t.deepEqual(read(input + next, everyByte), { out: passed, end: input.length, done: true, failed: false });
    t.is(read(input + next, everyByte, true).out, data);
  },
  title: (_, input, passed) => `${JSON.stringify(input)} passes as ${JSON.stringify(passed)}, cut anywhere`,
});

test(bodies, '0\r\n\r\n', '0\r\n\r\n', '');
test(bodies, '5\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello');
test(bodies, '3\r\nabc\r\n0002\r\nde\r\n0\r\n\r\n', '3\r\nabc\r\n0002\r\nde\r\n0\r\n\r\n', 'abcde');
test(
  bodies,
  'A\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
  'A\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n',
  '0\r\n\r\n0\r\n\r\n',
);
test(bodies, '5;a=b\r\nhello\r\n0;last\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello');
test(bodies, '5;a="q\\"\\r;x";b\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', 'hello');
test(bodies, '1\r\nx\r\n0\r\nDigest: abc\r\n\r\n', '1\r\nx\r\n0\r\nDigest: abc\r\n\r\n', 'x');
test(
  bodies,
  '1\r\nx\r\n0\r\nA: 1\r\nCookie: u=1\r\nX-Forwarded-For: 6.6.6.6\r\nB: 2\r\nHost: evil\r\n\r\n',
  '1\r\nx\r\n0\r\nA: 1\r\nB: 2\r\n\r\n',
  'x',
);
test(bodies, '0\r\nx-sluice-track: edge\r\n\r\n', '0\r\n\r\n', '');

const refused = test.macro({
  exec(t, input: string) {
    for (let cut = 0; cut <= input.length; cut += 1) t.true(read(input, [cut]).failed, `cut at ${cut}`);
  },
  title: (_, input) => `${JSON.stringify(input).slice(0, 60)} is no chunked body`,
});

test(refused, '\r\n');
test(refused, 'g\r\n');
test(refused, ' 5\r\nhello\r\n');
test(refused, '5 \r\nhello\r\n');
test(refused, '+5\r\nhello\r\n');
test(refused, '-5\r\nhello\r\n');
test(refused, '0x5\r\nhello\r\n');
test(refused, '5\nhello\r\n');
test(refused, '5\r\nhello\n');
test(refused, '5\r\nhelloX');
test(refused, '5\r\nhello0\r\n\r\n');
test(refused, '5\rX');
test(refused, '5;\r\nhello\r\n');
test(refused, '5; a\r\nhello\r\n');
test(refused, '5;a=\r\nhello\r\n');
test(refused, '5;a="b\nc"\r\nhello\r\n');
test(refused, '5;a="b"c\r\nhello\r\n');
test(refused, '5;a\nhello\r\n');
test(refused, '0\r\n\n');
test(refused, '0\r\nA: 1\n\r\n');
test(refused, '0\r\nA : 1\r\n\r\n');
test(refused, '0\r\n A: 1\r\n\r\n');
test(refused, '0\r\nA: 1\r\n B\r\n\r\n');
test(refused, '0\r\nContent-Length: 5\r\n\r\n');
test(refused, '0\r\ntransfer-encoding: chunked\r\n\r\n');
test(refused, `0\r\nA: ${'x'.repeat(17_000)}`);
// P15: 2^64 and more wrap around in parsers that count in 32 or 64 bits.
test(refused, '10000000000000000\r\nhello\r\n');
test(refused, '100000005000000005\r\nhello\r\n');

test('extensions of many chunks together are bounded', t => {
  const outcome = read(`1;${'x'.repeat(100)}\r\na\r\n`.repeat(200), []);
  t.true(outcome.failed);
});

const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 });

test('any data in any chunks, cut anywhere, comes out as it went in', t => {
  fc.assert(
    fc.property(chunks, fc.array(fc.nat(400), { maxLength: 8 }), fc.boolean(), (parts, cuts, upper) => {
      const texts = parts.map(part => Buffer.from(part).toString('latin1'));
      const size = (text: string): string =>
        upper ? text.length.toString(16).toUpperCase() : text.length.toString(16);
      const input = `${texts.map(text => `${size(text)}\r\n${text}\r\n`).join('')}0\r\n\r\n`;
      const sorted = cuts.filter(cut => cut < input.length).sort((a, b) => a - b);
      t.deepEqual(read(input, sorted), { out: input, end: input.length, done: true, failed: false });
      t.is(read(input, sorted, true).out, texts.join(''));
    }),
    { numRuns: 500 },
  );
});

test('any bytes are a body, the start of one, or refused, and never throw', t => {
  const piece = fc.constantFrom(
    '0',
    '5',
    'a',
    '\r\n',
    '\r',
    '\n',
    ';',
    '=',
    '"',
    'x',
    'A: b',
    ' ',
    '\0',
    'hello',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(60), { maxLength: 5 }),
      (pieces, cuts) => {
        const input = pieces.join('');
        const sorted = cuts.filter(cut => cut < input.length).sort((a, b) => a - b);
        const whole = read(input, []);
        const cut = read(input, sorted);
        t.is(cut.failed, whole.failed);
        t.is(cut.done, whole.done);
        if (!whole.failed) t.is(cut.out, whole.out);
      },
    ),
    { numRuns: 1000 },
  );
});
