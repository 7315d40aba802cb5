import { isTargetChar, isTokenChar, isValueChar } from './characters.ts';

/** Room behind a text for its NUL and for the word that begins at it. */
export const SCAN_MARGIN_BYTES = 8;

let scratch: Buffer = Buffer.alloc(65_536);

/**
 * The bytes that are being read, from `base` on: those of a read buffer in their place, or a copied text.
 * charCodeAt asks at every step how the string is represented; reading bytes costs a third of that
 * (bench/micro/field-table.ts). Behind the last one stands a NUL, where every scan ends.
 */
let bytes = scratch;
let view: DataView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
let base = 0;

const lookAt = (buffer: Buffer, start: number): void => {
  if (buffer !== bytes) {
    bytes = buffer;
    view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }
  base = start;
};

/** Copies `text`, a byte string, here; it is good until the next text is loaded. */
export const loadBytes = (text: string): void => {
  if (text.length + SCAN_MARGIN_BYTES > scratch.length) {
    scratch = Buffer.alloc(text.length * 2 + SCAN_MARGIN_BYTES);
  }
  lookAt(scratch, 0);
  bytes.write(text, 'latin1');
  bytes[text.length] = 0;
};

/** Reads buffer[start, end) where it stands; what is at `end` is written over. False where `buffer` has no room for that. */
export const loadInPlace = (buffer: Buffer, start: number, end: number): boolean => {
  if (end + SCAN_MARGIN_BYTES > buffer.length) return false;
  lookAt(buffer, start);
  bytes[end] = 0;
  return true;
};

/** The byte at that position of the text; 0 at its end. */
export const byteAt = (at: number): number => bytes[base + at] ?? 0;

/** True if `expected` stands at that position of the text. */
export const bytesAre = (at: number, expected: Uint8Array): boolean => {
  const read = bytes;
  const from = base + at;
  for (let index = 0; index < expected.length; index += 1) {
    if (read[from + index] !== expected[index]) return false;
  }
  return true;
};

/** Where the token that begins at `start` ends. */
export const tokenEnd = (start: number): number => {
  const read = bytes;
  let at = base + start;
  while (isTokenChar(read[at] ?? 0)) at += 1;
  return at - base;
};

/** Where the run of bytes that a request target may hold ends. */
export const targetEnd = (start: number): number => {
  const read = bytes;
  let at = base + start;
  while (isTargetChar(read[at] ?? 0)) at += 1;
  return at - base;
};

/**
 * Where the run of bytes that a field value may hold ends. Four at a time while none is below 0x20 or is
 * DEL (the zero-byte trick on a word); a tab or the end is looked at byte by byte. Two thirds of the time
 * of a loop over bytes.
 */
export const valueEnd = (start: number): number => {
  const words = view;
  let at = base + start;
  while (true) {
    const word = words.getInt32(at, true);
    const flipped = word ^ 0x7f7f7f7f;
    const stops = ((word - 0x20202020) & ~word) | ((flipped - 0x01010101) & ~flipped);
    if ((stops & 0x80808080) !== 0) break;
    at += 4;
  }
  const read = bytes;
  while (isValueChar(read[at] ?? 0)) at += 1;
  return at - base;
};
