import { isBlank, isTargetChar, isTokenChar, isValueChar } from '../../http1/characters.ts';

/** What a field means to the one who makes HTTP/1.1 text of it. */
export const HEADER_KIND = {
  ordinary: 0,
  /** Never to be passed on: upper case or bytes that no name may hold, an unknown pseudo-field, a value with CR, LF or NUL (RFC 9113 8.2.1, 8.3). */
  malformed: 1,
  /** Of one connection, which HTTP/2 has no place for (RFC 9113 8.2.2). */
  forbidden: 2,
  method: 3,
  scheme: 4,
  authority: 5,
  path: 6,
  protocol: 7,
  status: 8,
  cookie: 9,
  te: 10,
  contentLength: 11,
  host: 12,
} as const;

export type HeaderKind = (typeof HEADER_KIND)[keyof typeof HEADER_KIND];

const KIND_BY_NAME: ReadonlyMap<string, HeaderKind> = new Map<string, HeaderKind>([
  [':method', HEADER_KIND.method],
  [':scheme', HEADER_KIND.scheme],
  [':authority', HEADER_KIND.authority],
  [':path', HEADER_KIND.path],
  [':protocol', HEADER_KIND.protocol],
  [':status', HEADER_KIND.status],
  ['cookie', HEADER_KIND.cookie],
  ['te', HEADER_KIND.te],
  ['content-length', HEADER_KIND.contentLength],
  ['host', HEADER_KIND.host],
  ['connection', HEADER_KIND.forbidden],
  ['keep-alive', HEADER_KIND.forbidden],
  ['proxy-connection', HEADER_KIND.forbidden],
  ['transfer-encoding', HEADER_KIND.forbidden],
  ['upgrade', HEADER_KIND.forbidden],
]);

const isUpperCase = (code: number): boolean => code >= 0x41 && code <= 0x5a;

const isLowerToken = (name: string): boolean => {
  for (let at = 0; at < name.length; at += 1) {
    const code = name.charCodeAt(at);
    if (!isTokenChar(code) || isUpperCase(code)) return false;
  }
  return name !== '';
};

/** What a name means whatever its value. */
export const nameKind = (name: string): HeaderKind =>
  KIND_BY_NAME.get(name) ?? (isLowerToken(name) ? HEADER_KIND.ordinary : HEADER_KIND.malformed);

/** True for a value that HTTP/1.1 text can hold, without blanks around it (RFC 9113 8.2.1). */
const isValue = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (start === end) return true;
  if (isBlank(bytes[start] ?? 0) || isBlank(bytes[end - 1] ?? 0)) return false;
  for (let at = start; at < end; at += 1) if (!isValueChar(bytes[at] ?? 0)) return false;
  return true;
};

/** True for what may stand in a request line: visible ASCII, and something. */
const isTarget = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let at = start; at < end; at += 1) if (!isTargetChar(bytes[at] ?? 0)) return false;
  return start !== end;
};

/** The kind of a field of that name kind whose value is bytes[start, end). */
export const fieldKindOf = (
  ofName: HeaderKind,
  bytes: Uint8Array,
  start: number,
  end: number,
): HeaderKind => {
  const isGood = ofName === HEADER_KIND.path ? isTarget(bytes, start, end) : isValue(bytes, start, end);
  return isGood ? ofName : HEADER_KIND.malformed;
};

/** A field's text, and where its value stands in it. */
export type FieldText = {
  /**
   * The field in HTTP/1.1 text, with its CRLF: of :authority the Host line, of :path the request line from
   * behind the method on.
   */
  readonly line: string;
  readonly valueStart: number;
  readonly valueEnd: number;
};

/**
 * One field, immutable; entries of the tables are shared by all requests that refer to them, so that what is to be
 * known of a field is found once.
 */
export class HeaderField {
  /** A byte string. */
  readonly name: string;
  /** See FieldText. */
  readonly line: string;
  readonly kind: HeaderKind;
  /** What the name alone means: a field that takes its name from this one may have a better value. */
  readonly nameKind: HeaderKind;
  /** RFC 7541 4.1. */
  readonly size: number;
  readonly #valueStart: number;
  readonly #valueEnd: number;
  #value: string | null = null;

  constructor(name: string, kind: HeaderKind, ofName: HeaderKind, text: FieldText) {
    this.name = name;
    this.line = text.line;
    this.kind = kind;
    this.nameKind = ofName;
    this.#valueStart = text.valueStart;
    this.#valueEnd = text.valueEnd;
    this.size = name.length + text.valueEnd - text.valueStart + 32;
  }

  /** A byte string; of most fields only the line is ever looked at. */
  get value(): string {
    this.#value ??= this.line.slice(this.#valueStart, this.#valueEnd);
    return this.#value;
  }
}

/** The text before and behind the value in a field's line. */
export const linePrefix = (name: string, ofName: HeaderKind): string => {
  if (ofName === HEADER_KIND.path) return ' ';
  return ofName === HEADER_KIND.authority ? 'host: ' : `${name}: `;
};

export const lineSuffix = (ofName: HeaderKind): string =>
  ofName === HEADER_KIND.path ? ' HTTP/1.1\r\n' : '\r\n';

/** A field of name and value, byte strings. */
export const headerField = (name: string, value: string): HeaderField => {
  const ofName = nameKind(name);
  const prefix = linePrefix(name, ofName);
  const bytes = Buffer.from(prefix + value + lineSuffix(ofName), 'latin1');
  const valueEnd = prefix.length + value.length;
  const kind = fieldKindOf(ofName, bytes, prefix.length, valueEnd);
  return new HeaderField(name, kind, ofName, {
    line: bytes.toString('latin1'),
    valueStart: prefix.length,
    valueEnd,
  });
};
