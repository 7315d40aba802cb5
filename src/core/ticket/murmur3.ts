import type { ByteString } from '../byte-string.ts';

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

const mixBlock = (block: number): number => {
  const k = Math.imul(block, C1);
  return Math.imul((k << 15) | (k >>> 17), C2);
};

const addBlock = (hash: number, block: number): number => {
  const h = hash ^ mixBlock(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
};

const avalanche = (hash: number): number => {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** The byte at `at` of the two strings one behind the other, 0 past the end: joining them would allocate. */
const byteAt = (head: ByteString, rest: ByteString, at: number): number => {
  if (at < head.length) return head.charCodeAt(at);
  return at - head.length < rest.length ? rest.charCodeAt(at - head.length) : 0;
};

const blockAt = (head: ByteString, rest: ByteString, at: number): number =>
  byteAt(head, rest, at) |
  (byteAt(head, rest, at + 1) << 8) |
  (byteAt(head, rest, at + 2) << 16) |
  (byteAt(head, rest, at + 3) << 24);

/**
 * murmur3 x86 32, seed 0, of the prefix and a value, as an unsigned number (DESIGN 3, "percent"). The prefix
 * is hashed once.
 */
export const prefixedMurmur3 = (prefix: ByteString): ((value: ByteString) => number) => {
  const wholeBlocks = prefix.length - (prefix.length % 4);
  let start = 0;
  for (let at = 0; at < wholeBlocks; at += 4) start = addBlock(start, blockAt(prefix, '', at));
  const head = prefix.slice(wholeBlocks);
  return value => {
    const length = head.length + value.length;
    let hash = start;
    let at = 0;
    for (; at + 4 <= length; at += 4) hash = addBlock(hash, blockAt(head, value, at));
    // The last one to three bytes are mixed as a block filled up with zeros, but not added.
    if (at < length) hash ^= mixBlock(blockAt(head, value, at));
    return avalanche(hash ^ (wholeBlocks + length));
  };
};

/** murmur3 x86 32, seed 0, as an unsigned number. */
export const murmur3: (bytes: ByteString) => number = prefixedMurmur3('');
