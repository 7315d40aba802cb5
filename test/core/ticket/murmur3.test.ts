import test from 'ava';
import fc from 'fast-check';
import { utf8Bytes } from '../../../src/core/byte-string.ts';
import { murmur3, prefixedMurmur3 } from '../../../src/core/ticket/murmur3.ts';

// MurmurHash3_x86_32 with seed 0, as published with the algorithm and in Wikipedia's table of test vectors.
const vectors = test.macro({
  exec(t, text: string, hash: number) {
    t.is(murmur3(utf8Bytes(text)), hash);
  },
  title: (_, text, hash: number) => `murmur3 of ${JSON.stringify(text)} is 0x${hash.toString(16)}`,
});

test(vectors, '', 0);
test(vectors, 'test', 0xba6bd213);
test(vectors, 'Hello, world!', 0xc0363e43);
test(vectors, 'The quick brown fox jumps over the lazy dog', 0x2e4ff723);
test(vectors, 'hello', 0x248bfa47);
test(vectors, 'hello, world', 0x149bbb7f);
test(vectors, '\0', 0x514e28b7);
test(vectors, '\0\0', 0x30f4c306);
test(vectors, '\0\0\0', 0x85f0b427);
test(vectors, '\0\0\0\0', 0x2362f9de);

test('bytes over 0x7f count as they are', t => {
  // SMHasher's vectors of ff ff ff ff and 21 43 65 87.
  t.is(murmur3('\xff\xff\xff\xff'), 0x76293b50);
  t.is(murmur3('\x21\x43\x65\x87'), 0xf55b516b);
});

test('a prefix hashed once gives the hash of prefix and value together', t => {
  const bytes = fc.string({
    unit: fc.nat({ max: 255 }).map(byte => String.fromCharCode(byte)),
    maxLength: 20,
  });
  fc.assert(
    fc.property(bytes, bytes, (prefix, value) => {
      t.is(prefixedMurmur3(prefix)(value), murmur3(prefix + value));
    }),
    { numRuns: 1000 },
  );
});
