const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** Index after the string that begins at `at`. */
const afterString = (bytes: Uint8Array, at: number): number => {
  let index = at + 1;
  while (index < bytes.length && bytes[index] !== QUOTE) index += bytes[index] === BACKSLASH ? 2 : 1;
  return index + 1;
};

/**
 * How many objects and lists a JSON text holds, counted up to `limit` + 1. Each costs fifty bytes once it is
 * parsed and as little as one to send: nine megabytes of `[` are half a gigabyte.
 */
export const jsonWeight = (bytes: Uint8Array, limit: number): number => {
  let count = 0;
  let index = 0;
  while (index < bytes.length && count <= limit) {
    const byte = bytes[index];
    if (byte === QUOTE) index = afterString(bytes, index);
    else {
      if (byte === BRACKET || byte === BRACE) count += 1;
      index += 1;
    }
  }
  return count;
};
