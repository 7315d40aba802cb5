import { COLON, CR, isBlank, LF } from '../../http1/characters.ts';
import type { Output } from '../output.ts';
import { isName, LINE, LOWER, lineUse, staticIndex } from './line-names.ts';

/** Literals that no table remembers, and such that no hop behind us may remember either (RFC 7541 6.2.2, 6.2.3). */
const WITHOUT_INDEXING = 0x00;
const NEVER_INDEXED = 0x10;

/** "From now on I use a dynamic table of size 0": true for all that follows, and said once. */
const NO_DYNAMIC_TABLE = 0x20;

const TRAILERS = Buffer.from('trailers', 'latin1');

/** A text's bytes are read from here: charCodeAt asks at every step how a text is represented. */
let source: Buffer = Buffer.alloc(16_384);

const isTrailers = (start: number, end: number): boolean => {
  if (end - start !== TRAILERS.length) return false;
  for (let at = 0; at < TRAILERS.length; at += 1) {
    if (LOWER[source[start + at] ?? 0] !== TRAILERS[at]) return false;
  }
  return true;
};

/** RFC 7541 5.1; there is room for it. */
const writeInteger = (out: Output, pattern: number, mask: number, value: number): void => {
  const bytes = out.bytes;
  let at = out.length;
  if (value < mask) {
    bytes[at] = pattern | value;
    out.length = at + 1;
    return;
  }
  bytes[at] = pattern | mask;
  at += 1;
  let rest = value - mask;
  while (rest >= 0x80) {
    bytes[at] = (rest & 0x7f) | 0x80;
    at += 1;
    rest >>>= 7;
  }
  bytes[at] = rest;
  out.length = at + 1;
};

/** Bytes that are cheaper to copy one by one than by a call. */
const SHORT_BYTES = 32;

const writeBytes = (out: Output, start: number, end: number): void => {
  const from = source;
  const bytes = out.bytes;
  const to = out.length;
  const length = end - start;
  if (length > SHORT_BYTES) from.copy(bytes, to, start, end);
  else for (let at = 0; at < length; at += 1) bytes[to + at] = from[start + at] ?? 0;
  out.length = to + length;
};

const writeName = (out: Output, start: number, end: number): void => {
  writeInteger(out, 0, 0x7f, end - start);
  const from = source;
  const bytes = out.bytes;
  let to = out.length;
  for (let at = start; at < end; at += 1) {
    bytes[to] = LOWER[from[at] ?? 0] ?? 0;
    to += 1;
  }
  out.length = to;
};

/** Where a value that begins at or behind `start` begins: blanks in front of it are none of it. */
const valueStartAt = (start: number): number => {
  const bytes = source;
  let at = start;
  while (isBlank(bytes[at] ?? 0)) at += 1;
  return at;
};

/** Writes the value that begins at `start` and its length in front of it; returns where its line ends: at CR, or at `end`. */
const writeValue = (out: Output, start: number, end: number): number => {
  const from = source;
  const bytes = out.bytes;
  const lengthAt = out.length;
  let to = lengthAt + 1;
  let at = start;
  // One pass, since nearly all lengths take one byte: what is longer is moved once more.
  for (; at < end; at += 1) {
    const byte = from[at] ?? 0;
    if (byte === CR) break;
    bytes[to] = byte;
    to += 1;
  }
  while (to > lengthAt + 1 && isBlank(bytes[to - 1] ?? 0)) to -= 1;
  const length = to - lengthAt - 1;
  if (length < 0x7f) {
    bytes[lengthAt] = length;
    out.length = to;
  } else {
    writeInteger(out, 0, 0x7f, length);
    writeBytes(out, start, start + length);
  }
  return at;
};

/** Where the line ends that begins at `start`: at its CR, or at `end`. */
const lineEndAt = (start: number, end: number): number => {
  const bytes = source;
  let at = start;
  while (at < end && bytes[at] !== CR) at += 1;
  return at;
};

/** Writes the field whose name is source[start, colon), unless it ends here; returns where its line ends. */
const writeLine = (out: Output, start: number, colon: number, end: number): number => {
  const use = lineUse(source, start, colon - start);
  const valueStart = valueStartAt(colon + 1);
  if (use === LINE.dropped || (use === LINE.te && !isTrailers(valueStart, lineEndAt(valueStart, end)))) {
    return lineEndAt(valueStart, end);
  }
  const pattern = use === LINE.secret ? NEVER_INDEXED : WITHOUT_INDEXING;
  const index = staticIndex(source, start, colon - start);
  writeInteger(out, pattern, 0x0f, index);
  if (index === 0) writeName(out, start, colon);
  return writeValue(out, valueStart, end);
};

/** Static entries with a value (RFC 7541 A). */
const STATUS_INDEX: Readonly<Record<number, number>> = {
  200: 8,
  204: 9,
  206: 10,
  304: 11,
  400: 12,
  404: 13,
  500: 14,
};
const STATUS_NAME = 8;
const AUTHORITY_NAME = 1;
const METHOD_NAME = 2;
const METHOD_GET = 2;
const METHOD_POST = 3;
const PATH_NAME = 4;
const PATH_ROOT = 4;
const SCHEME_HTTP = 6;
const SCHEME_HTTPS = 7;

const INDEXED = 0x80;

/** Room for what stands around names and values, and for the fields without a line. */
const BLOCK_MARGIN_BYTES = 64;

const load = (text: string): number => {
  if (text.length > source.length) source = Buffer.alloc(text.length * 2);
  return source.write(text, 0, 'latin1');
};

/** Where the method, the path and the field lines of a request's head stand in what is loaded. */
type RequestLineEnds = { readonly methodEnd: number; readonly pathEnd: number; readonly fields: number };

/**
 * Writes header blocks from HTTP/1.1 field lines. Names come from the static table, values as they are: no dynamic
 * table, which the peer could shrink and make us remember, and no Huffman code, whose bytes cost more to make than to
 * send within a data centre (ADR 0023).
 */
export class HpackEncoder {
  #hasSaidSize = false;

  /** `status` -1: trailers, which have none. */
  answer(out: Output, status: number, lines: string): void {
    const length = load(lines);
    this.#begin(out, length);
    if (status !== -1) this.#status(out, status);
    this.#lines(out, 0, length);
  }

  /** A request's head with its empty line. */
  request(out: Output, head: string, scheme: 'http' | 'https'): void {
    const length = load(head);
    this.#begin(out, length);
    const { methodEnd, pathEnd, fields } = this.#requestLine(length);
    if (head.startsWith('GET ')) writeInteger(out, INDEXED, 0x7f, METHOD_GET);
    else if (head.startsWith('POST ')) writeInteger(out, INDEXED, 0x7f, METHOD_POST);
    else this.#literal(out, METHOD_NAME, 0, methodEnd);
    writeInteger(out, INDEXED, 0x7f, scheme === 'http' ? SCHEME_HTTP : SCHEME_HTTPS);
    if (pathEnd - methodEnd === 2 && head.charCodeAt(methodEnd + 1) === 0x2f) {
      writeInteger(out, INDEXED, 0x7f, PATH_ROOT);
    } else this.#literal(out, PATH_NAME, methodEnd + 1, pathEnd);
    this.#authority(out, fields, length);
    this.#lines(out, fields, length);
  }

  #begin(out: Output, textLength: number): void {
    // A line becomes at most as long as it was, but for the lengths of a few long ones.
    out.reserve(textLength * 2 + BLOCK_MARGIN_BYTES);
    if (this.#hasSaidSize) return;
    this.#hasSaidSize = true;
    writeInteger(out, NO_DYNAMIC_TABLE, 0x1f, 0);
  }

  #status(out: Output, status: number): void {
    const index = STATUS_INDEX[status];
    if (index !== undefined) {
      writeInteger(out, INDEXED, 0x7f, index);
      return;
    }
    writeInteger(out, WITHOUT_INDEXING, 0x0f, STATUS_NAME);
    const bytes = out.bytes;
    const at = out.length;
    bytes[at] = 3;
    bytes[at + 1] = 0x30 + (Math.trunc(status / 100) % 10);
    bytes[at + 2] = 0x30 + (Math.trunc(status / 10) % 10);
    bytes[at + 3] = 0x30 + (status % 10);
    out.length = at + 4;
  }

  #literal(out: Output, nameIndex: number, start: number, end: number): void {
    writeInteger(out, WITHOUT_INDEXING, 0x0f, nameIndex);
    writeInteger(out, 0, 0x7f, end - start);
    writeBytes(out, start, end);
  }

  #requestLine(length: number): RequestLineEnds {
    const methodEnd = source.indexOf(0x20, 0);
    const pathEnd = source.indexOf(0x20, methodEnd + 1);
    const fields = source.indexOf(LF, pathEnd) + 1;
    return { methodEnd, pathEnd, fields: Math.min(fields, length) };
  }

  /** Pseudo-fields come before all others (RFC 9113 8.3), and Host stands anywhere. */
  #authority(out: Output, start: number, end: number): void {
    for (let at = start; at < end; at = lineEndAt(at, end) + 2) {
      if (source[at + 4] === COLON && isName(source, at, 'host')) {
        writeInteger(out, WITHOUT_INDEXING, 0x0f, AUTHORITY_NAME);
        writeValue(out, valueStartAt(at + 5), end);
        return;
      }
    }
  }

  #lines(out: Output, start: number, end: number): void {
    const bytes = source;
    for (let at = start; at < end; ) {
      let colon = at;
      while (colon < end && bytes[colon] !== COLON && bytes[colon] !== CR) colon += 1;
      // Only the empty line has no colon before its end.
      if (colon === end || bytes[colon] === CR) return;
      at = writeLine(out, at, colon, end) + 2;
    }
  }
}
