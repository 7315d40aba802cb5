import { isTokenChar, isValueChar } from './characters.ts';

/**
 * The bytes of the text that is being read. charCodeAt asks at every step how the string is represented;
 * copying the text here first and reading bytes costs a third of that (bench/micro/field-table.ts).
 */
let bytes = Buffer.alloc(65_536);
let view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Room for the NUL behind the text and for the word that begins at it. */
const MARGIN = 8;

/** Copies `text`, a byte string, here; it is good until the next text is loaded. Behind it stands a NUL, where every scan ends. */
export const loadBytes = (text: string): void => {
  if (text.length + MARGIN > bytes.length) {
    bytes = Buffer.alloc(text.length * 2 + MARGIN);
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  bytes.write(text, 'latin1');
  bytes[text.length] = 0;
};

/** The byte at that position of the text; 0 at its end. */
export const byteAt = (at: number): number => bytes[at] ?? 0;

/** Where the token that begins at `start` ends. */
export const tokenEnd = (start: number): number => {
  const read = bytes;
  let at = start;
  while (isTokenChar(read[at] ?? 0)) at += 1;
  return at;
};

/**
 * Where the run of bytes that a field value may hold ends. Four at a time while none is below 0x20 or is
 * DEL (the zero-byte trick on a word); a tab or the end is looked at byte by byte. Two thirds of the time
 * of a loop over bytes.
 */
export const valueEnd = (start: number): number => {
  const words = view;
  let at = start;
  while (true) {
    const word = words.getInt32(at, true);
    const flipped = word ^ 0x7f7f7f7f;
    const stops = ((word - 0x20202020) & ~word) | ((flipped - 0x01010101) & ~flipped);
    if ((stops & 0x80808080) !== 0) break;
    at += 4;
  }
  const read = bytes;
  while (isValueChar(read[at] ?? 0)) at += 1;
  return at;
};
