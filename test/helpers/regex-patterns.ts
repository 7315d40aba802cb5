import fc from 'fast-check';
import { RE2JS } from 're2js';
import { utf8Bytes } from '../../src/core/byte-string.ts';

const ATOMS = [
  'a', 'b', 'ab', '.', '[ab]', '[^a]', '\\d', '\\w', '\\W', '\\s', 'é', '淘', '[à-ü]',
  '^', '$', '\\b', '\\B', '\\A', '\\z', '(?m:^)', '(?m:$)', '(?i:AB)', '(?s:.)', '',
] as const; // biome-ignore format: a list of atoms

const REPEATS = ['', '', '', '*', '+', '?', '*?', '{2}', '{0,3}', '{2,}'] as const;

/** A regex that re2js compiles: short, but with every kind of instruction in it. */
export const regexPattern: fc.Arbitrary<string> = fc
  .letrec<{ regex: string; piece: string }>(tie => ({
    piece: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom(...ATOMS),
      tie('regex').map(inner => `(?:${inner})`),
      tie('regex').map(inner => `(${inner})`),
    ),
    regex: fc
      .array(fc.array(fc.tuple(tie('piece'), fc.constantFrom(...REPEATS)), { minLength: 1, maxLength: 4 }), {
        minLength: 1,
        maxLength: 3,
      })
      .map(choices =>
        choices.map(pieces => pieces.map(([piece, repeat]) => `(?:${piece})${repeat}`).join('')).join('|'),
      ),
  }))
  .regex.filter(pattern => {
    try {
      return RE2JS.compile(pattern).programSize() <= 400;
    } catch {
      return false;
    }
  });

/** A value as bytes: characters that the patterns know, their neighbours, and bytes that are no UTF-8. */
export const regexSubject: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'b', 'A', 'B', 'c', '1', ' ', '_', '\n', '-').map(String),
      fc.constantFrom('é', 'È', '淘', '𝄞').map(utf8Bytes),
      fc.constantFrom('\xe9', '\xff', '\xc3', '\xe6\xb7', '\xed\xa0\x80'),
    ),
    { maxLength: 24 },
  )
  .map(list => list.join(''));
