import fc from 'fast-check';

/** Half of them ASCII; halves of surrogate pairs are no characters. */
const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(
    fc.integer({ min: 0, max: 0x7f }),
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
  )
  .map(codePoint => String.fromCodePoint(codePoint));

/**
 * Text of any characters, controls included. As `fc.string({ unit: 'binary' })`, which makes a map of all 1.1 million
 * characters before its first value: a second for each test file.
 */
export const anyText = (lengths: { readonly maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ unit: anyCharacter, ...lengths });
