/** What re2js reads past the last character. */
export const END_OF_TEXT = -1;

// Bits of a state's flag, as re2js has them: what holds before the next character, what was the last one, and, above, the
// conditions that some of its instructions wait for.
const END_OF_LINE = 2;
const END = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;
const LAST_WAS_WORD = 512;
const WAITED_FOR_SHIFT = 16;

const NEW_LINE = 10;

const isWordCharacter = (character: number): boolean =>
  (character >= 0x61 && character <= 0x7a) ||
  (character >= 0x41 && character <= 0x5a) ||
  (character >= 0x30 && character <= 0x39) ||
  character === 0x5f;

/**
 * True where the next character meets a condition (`$`, `\b`) that instructions of a state wait for: all that stands
 * behind them is looked at then, and is in no state itself.
 */
export const reexpands = (flag: number, character: number): boolean => {
  const waitedFor = flag >>> WAITED_FOR_SHIFT;
  if (waitedFor === 0) return false;
  const isSame = isWordCharacter(character) === ((flag & LAST_WAS_WORD) !== 0);
  let met = isSame ? NO_WORD_BOUNDARY : WORD_BOUNDARY;
  if (character === END_OF_TEXT) met |= END | END_OF_LINE;
  if (character === NEW_LINE) met |= END_OF_LINE;
  return (met & ~flag & waitedFor) !== 0;
};
