import test from 'ava';
import { huffmanDecode, longestDecoded } from '../../../../router/http2/hpack/huffman.ts';

/** Rows of RFC 7541 B: the shortest and the longest codes, and such of every length where a table by lengths could slip. */
const CODES: readonly (readonly [symbol: number, code: string])[] = [
  [0x30, '00000'],
  [0x61, '00011'],
  [0x74, '01001'],
  [0x20, '010100'],
  [0x75, '101101'],
  [0x3a, '1011100'],
  [0x7a, '1111011'],
  [0x26, '11111000'],
  [0x58, '11111100'],
  [0x21, '1111111000'],
  [0x3f, '1111111100'],
  [0x27, '11111111010'],
  [0x23, '111111111010'],
  [0x00, '1111111111000'],
  [0x7e, '1111111111101'],
  [0x5e, '11111111111100'],
  [0x7b, '111111111111110'],
  [0x5c, '1111111111111110000'],
  [0xc3, '1111111111111110001'],
  [0x80, '11111111111111100110'],
  [0xff, '11111111111111111111101110'],
  [0x7f, '1111111111111111111111111100'],
  [0xf9, '1111111111111111111111111110'],
  [0x0a, '111111111111111111111111111100'],
  [0x0d, '111111111111111111111111111101'],
  [0x16, '111111111111111111111111111110'],
];

const decoded = (bits: string): number[] | null => {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = Buffer.from((padded.match(/.{8}/g) ?? []).map(byte => Number.parseInt(byte, 2)));
  const target = Buffer.alloc(longestDecoded(bytes.length) + 1);
  const end = huffmanDecode(bytes, 0, bytes.length, target, 1);
  return end === -1 ? null : [...target.subarray(1, end)];
};

test('each code of the RFC is its byte, alone and among others', t => {
  for (const [symbol, code] of CODES) {
    t.deepEqual(decoded(code), [symbol]);
    t.deepEqual(decoded(`00000${code}00011`), [0x30, symbol, 0x61]);
    t.deepEqual(decoded(code.repeat(50)), Array(50).fill(symbol));
  }
});

test('what is no code, or ends as none may, is refused', t => {
  t.deepEqual(decoded(''), []);
  t.is(decoded('1'.repeat(30)), null, 'EOS');
  t.is(decoded('1'.repeat(8)), null, 'a byte of padding');
  t.is(decoded('0000011111111111'), null, 'more padding than a byte');
  t.is(decoded('00000000'), null, 'padding of zeros');
  t.is(decoded(`${'1'.repeat(29)}0`.slice(0, 24)), null, 'a code that does not end');
});
