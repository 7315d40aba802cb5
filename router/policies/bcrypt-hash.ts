import { compareSync } from 'bcryptjs';

/** As text whose UTF-8 is these bytes; undefined where there is none. */
const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/**
 * True if `password` is what a bcrypt hash (`$2a$`, `$2b$`, `$2y$`) was made of. As with crypt(3), bytes beyond the 72nd
 * do not count. What is no UTF-8, or holds a NUL, fits nothing. Takes 2^cost rounds: never to be called on an event loop.
 */
export const bcryptFits = (password: Uint8Array, hash: string): boolean => {
  const text = textOf(password);
  return text !== undefined && !text.includes('\0') && compareSync(text, hash);
};
