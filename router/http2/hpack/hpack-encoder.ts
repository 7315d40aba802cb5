import { COLON, CR, equalsIgnoringCase, isBlank, LF } from '../../http1/characters.ts';
import type { Output } from '../output.ts';
import { type StaticName, staticNames } from './static-table.ts';

/** Literals that no table remembers, and such that no hop behind us may remember either (RFC 7541 6.2.2, 6.2.3). */
const WITHOUT_INDEXING = 0x00;
const NEVER_INDEXED = 0x10;

/** "From now on I use a dynamic table of size 0": true for all that follows, and said once. */
const NO_DYNAMIC_TABLE = 0x20;

/** What a line's name decides: it goes, it ends here, or somebody else has a use for it. */
const LINE = { goes: 0, secret: 1, dropped: 2, te: 3 } as const;

type LineUse = (typeof LINE)[keyof typeof LINE];

/** RFC 9113 8.2.2; Host has become :authority, or has no place in an answer. */
const USES: readonly (readonly [name: string, use: LineUse])[] = [
  ['connection', LINE.dropped],
  ['keep-alive', LINE.dropped],
  ['proxy-connection', LINE.dropped],
  ['transfer-encoding', LINE.dropped],
  ['upgrade', LINE.dropped],
  ['http2-settings', LINE.dropped],
  ['host', LINE.dropped],
  ['te', LINE.te],
  ['authorization', LINE.secret],
  ['proxy-authorization', LINE.secret],
  ['cookie', LINE.secret],
  ['set-cookie', LINE.secret],
];

const LONGEST_USE = 19;
const USES_BY_PLACE: readonly (readonly (readonly [name: string, use: LineUse])[])[] = Array.from(
  { length: (LONGEST_USE + 1) * 32 },
  (_, place) => USES.filter(([name]) => name.length * 32 + (name.charCodeAt(0) & 31) === place),
);

const TRAILERS = Buffer.from('trailers', 'latin1');

/** The lower-case form of every byte. */
const LOWER = new Uint8Array(256);
for (let code = 0; code < 256; code += 1) LOWER[code] = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;

/** A text's bytes are read from here: charCodeAt asks at every step how a text is represented. */
let source: Buffer = Buffer.alloc(16_384);

/** True if source[start, …) is `lower`, ASCII case aside. */
const isName = (start: number, lower: string): boolean => {
  const bytes = source;
  for (let index = 0; index < lower.length; index += 1) {
    if (LOWER[bytes[start + index] ?? 0] !== lower.charCodeAt(index)) return false;
  }
  return true;
};

const lineUse = (start: number, length: number): LineUse => {
  const uses = length > LONGEST_USE ? undefined : USES_BY_PLACE[length * 32 + ((source[start] ?? 0) & 31)];
  if (uses === undefined) return LINE.goes;
  for (let at = 0; at < uses.length; at += 1) {
    const use = uses[at];
    if (use !== undefined && isName(start, use[0])) return use[1];
  }
  return LINE.goes;
};

const staticIndex = (start: number, length: number): number => {
  const names: readonly StaticName[] = staticNames(length, source[start] ?? 0);
  for (let at = 0; at < names.length; at += 1) {
    const named = names[at];
    if (named !== undefined && isName(start, named.name)) return named.index;
  }
  return 0;
};

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

const writeLine = (out: Output, start: number, colon: number, lineEnd: number): void => {
  const use = lineUse(start, colon - start);
  if (use === LINE.dropped) return;
  let valueStart = colon + 1;
  let valueEnd = lineEnd;
  while (valueStart < valueEnd && isBlank(source[valueStart] ?? 0)) valueStart += 1;
  while (valueEnd > valueStart && isBlank(source[valueEnd - 1] ?? 0)) valueEnd -= 1;
  if (use === LINE.te && !isTrailers(valueStart, valueEnd)) return;
  const pattern = use === LINE.secret ? NEVER_INDEXED : WITHOUT_INDEXING;
  const index = staticIndex(start, colon - start);
  writeInteger(out, pattern, 0x0f, index);
  if (index === 0) writeName(out, start, colon);
  writeInteger(out, 0, 0x7f, valueEnd - valueStart);
  writeBytes(out, valueStart, valueEnd);
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
    if (equalsIgnoringCase(head, 0, 'get ')) writeInteger(out, INDEXED, 0x7f, METHOD_GET);
    else if (equalsIgnoringCase(head, 0, 'post ')) writeInteger(out, INDEXED, 0x7f, METHOD_POST);
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
    for (let at = start; at < end; ) {
      const lineEnd = source.indexOf(CR, at);
      if (lineEnd === -1 || lineEnd >= end) return;
      if (source[at + 4] === COLON && isName(at, 'host')) {
        let valueStart = at + 5;
        while (isBlank(source[valueStart] ?? 0)) valueStart += 1;
        this.#literal(out, AUTHORITY_NAME, valueStart, lineEnd);
        return;
      }
      at = lineEnd + 2;
    }
  }

  #lines(out: Output, start: number, end: number): void {
    const bytes = source;
    for (let at = start; at < end; ) {
      let colon = at;
      while (colon < end && bytes[colon] !== COLON && bytes[colon] !== CR) colon += 1;
      // Only the empty line has no colon before its end.
      if (colon === end || bytes[colon] === CR) return;
      const lineEnd = bytes.indexOf(CR, colon);
      if (lineEnd === -1 || lineEnd >= end) return;
      writeLine(out, at, colon, lineEnd);
      at = lineEnd + 2;
    }
  }
}
