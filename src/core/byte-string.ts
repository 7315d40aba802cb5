/**
 * A byte string holds one byte per UTF-16 unit (0-255), as `latin1` decodes it.
 * HTTP heads are bytes; written rules are Unicode. Both are compared as byte strings, so that "what is
 * compared" is exactly the bytes on the wire (DESIGN 3).
 */
export type ByteString = string;

/** The UTF-8 bytes of a Unicode string. */
export const utf8Bytes = (text: string): ByteString => Buffer.from(text, 'utf8').toString('latin1');

/** The text that a byte string spells in UTF-8; bytes that are no UTF-8 become U+FFFD. */
export const utf8Text = (bytes: ByteString): string => Buffer.from(bytes, 'latin1').toString('utf8');
