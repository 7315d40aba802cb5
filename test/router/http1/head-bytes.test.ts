import test from 'ava';
import fc from 'fast-check';
import { byteAt, loadBytes, tokenEnd, valueEnd } from '../../../router/http1/head-bytes.ts';

const byteString = (max: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0x20, max: 0x7e })), {
      maxLength: max,
    })
    .map(codes => String.fromCharCode(...codes));

test('a value and a token end where their character classes do, at every position and after any longer text', t => {
  fc.assert(
    fc.property(byteString(40), byteString(24), (before, text) => {
      loadBytes(before);
      loadBytes(text);
      for (let at = 0; at <= text.length; at += 1) {
        const rest = text.slice(at);
        t.is(
          valueEnd(at),
          at + (/^[\t\x20-\x7e\x80-\xff]*/.exec(rest)?.[0].length ?? 0),
          JSON.stringify(rest),
        );
        t.is(tokenEnd(at), at + (/^[!#$%&'*+\-.^_`|~0-9A-Za-z]*/.exec(rest)?.[0].length ?? 0));
      }
    }),
    { numRuns: 2000 },
  );
});

test('each byte ends or does not end a value in each place of a word', t => {
  for (let code = 0; code <= 0xff; code += 1) {
    const isValue = code === 9 || (code >= 0x20 && code !== 0x7f);
    for (let before = 0; before < 8; before += 1) {
      loadBytes(`${'a'.repeat(before)}${String.fromCharCode(code)}\xff~ zzzz\r`);
      t.is(valueEnd(0), isValue ? before + 8 : before, `${code} after ${before}`);
    }
  }
});

test('a text longer than any before is read whole', t => {
  for (const length of [65_527, 65_528, 65_529, 65_536, 200_000]) {
    loadBytes('a'.repeat(length));
    t.is(valueEnd(0), length);
    t.is(tokenEnd(0), length);
    t.is(byteAt(length), 0);
  }
});
