import type { ByteString } from './byte-string.ts';

const TAB = 0x09;
const SPACE = 0x20;
const PERCENT = 0x25;
const PLUS = 0x2b;

const isBlank = (code: number): boolean => code === SPACE || code === TAB;

const skipBlanks = (bytes: ByteString, start: number, end: number): number => {
  let at = start;
  while (at < end && isBlank(bytes.charCodeAt(at))) at += 1;
  return at;
};

const dropBlanks = (bytes: ByteString, start: number, end: number): number => {
  let at = end;
  while (at > start && isBlank(bytes.charCodeAt(at - 1))) at -= 1;
  return at;
};

/**
 * The value of the first cookie of exactly that name, as sent: quotes and escapes stay (DESIGN 3, RFC 6265 4.2.1).
 * White space around name and value is no part of them; a piece without `=` is no cookie. Several Cookie field
 * lines (HTTP/2) are to be joined with `; ` in their order (RFC 9113 8.2.3).
 */
export const cookieValue = (cookieHeader: ByteString, name: ByteString): ByteString | undefined => {
  let equals = -1;
  for (let start = 0; start < cookieHeader.length; ) {
    const semicolon = cookieHeader.indexOf(';', start);
    const end = semicolon === -1 ? cookieHeader.length : semicolon;
    // Kept from one piece to the next: `;;;;…=` would otherwise cost the square of its length.
    if (equals < start) equals = cookieHeader.indexOf('=', start);
    if (equals === -1) return undefined;
    if (equals < end) {
      const nameStart = skipBlanks(cookieHeader, start, equals);
      const nameLength = dropBlanks(cookieHeader, nameStart, equals) - nameStart;
      if (nameLength === name.length && cookieHeader.startsWith(name, nameStart)) {
        const valueStart = skipBlanks(cookieHeader, equals + 1, end);
        return cookieHeader.slice(valueStart, dropBlanks(cookieHeader, valueStart, end));
      }
    }
    start = end + 1;
  }
  return undefined;
};

/** The value of a hex digit, or -1. */
const hexDigit = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

/** The byte that the percent-triplet at `at` spells, or -1 where there is none. */
const tripletAt = (bytes: ByteString, at: number, end: number): number => {
  if (bytes.charCodeAt(at) !== PERCENT || at + 2 >= end) return -1;
  const high = hexDigit(bytes.charCodeAt(at + 1));
  const low = hexDigit(bytes.charCodeAt(at + 2));
  return high === -1 || low === -1 ? -1 : high * 16 + low;
};

/** Compares as it decodes, since every parameter in front of the wanted one would allocate otherwise. */
const decodesTo = (query: ByteString, start: number, end: number, name: ByteString): boolean => {
  let at = start;
  for (let index = 0; index < name.length; index += 1) {
    if (at >= end) return false;
    const code = query.charCodeAt(at);
    const byte = tripletAt(query, at, end);
    if ((byte !== -1 ? byte : code === PLUS ? SPACE : code) !== name.charCodeAt(index)) return false;
    at += byte === -1 ? 1 : 3;
  }
  return at === end;
};

const decoded = (bytes: ByteString): ByteString => {
  if (!bytes.includes('%') && !bytes.includes('+')) return bytes;
  return bytes
    .replaceAll('+', ' ')
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
};

/**
 * The value of the first query parameter of that name, both percent-decoded with `+` as a space (DESIGN 3).
 * `query` is what stands behind `?`; pieces are split at `&` alone, a piece without `=` has an empty value, and
 * a `%` without two hex digits stays as it is.
 */
export const queryValue = (query: ByteString, name: ByteString): ByteString | undefined => {
  let equals = -1;
  for (let start = 0; start < query.length; ) {
    const ampersand = query.indexOf('&', start);
    const end = ampersand === -1 ? query.length : ampersand;
    // Kept from one piece to the next, as in cookieValue.
    if (equals < start) {
      const found = query.indexOf('=', start);
      equals = found === -1 ? query.length : found;
    }
    const nameEnd = Math.min(equals, end);
    // `&&` has no parameter between, not one without a name.
    if (end > start && decodesTo(query, start, nameEnd, name))
      return decoded(query.slice(Math.min(nameEnd + 1, end), end));
    start = end + 1;
  }
  return undefined;
};
