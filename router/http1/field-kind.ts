import { equalsIgnoringCase } from './characters.ts';

/** What a field name means to an intermediary; everything else passes as it is. */
export const FIELD = {
  other: 0,
  /** Ends at this hop (RFC 9110 7.6.1). */
  hopByHop: 1,
  /** One that only the router sets (DESIGN 7): X-Forwarded-*, X-Real-IP, x-sluice-*. */
  ours: 2,
  host: 3,
  connection: 4,
  contentLength: 5,
  transferEncoding: 6,
  upgrade: 7,
  expect: 8,
  requestId: 9,
  forwarded: 10,
  date: 11,
  keepAlive: 12,
  via: 13,
  maxForwards: 14,
} as const;

export type FieldKind = (typeof FIELD)[keyof typeof FIELD];

const KIND_BY_NAME: Readonly<Record<string, FieldKind>> = {
  te: FIELD.hopByHop,
  via: FIELD.via,
  host: FIELD.host,
  date: FIELD.date,
  expect: FIELD.expect,
  upgrade: FIELD.upgrade,
  forwarded: FIELD.forwarded,
  connection: FIELD.connection,
  'keep-alive': FIELD.keepAlive,
  'max-forwards': FIELD.maxForwards,
  'content-length': FIELD.contentLength,
  // What a CGI-like backend would take for the framing that we have read otherwise (S5).
  content_length: FIELD.ours,
  transfer_encoding: FIELD.ours,
  'proxy-connection': FIELD.hopByHop,
  'transfer-encoding': FIELD.transferEncoding,
  'proxy-authenticate': FIELD.hopByHop,
  'proxy-authorization': FIELD.hopByHop,
};

type NamedKind = { readonly name: string; readonly kind: FieldKind };

const LONGEST_NAME = 31;

/** Names by length and the five bits that tell a letter, whatever its case: one or two a place. */
const NAMES: readonly (readonly NamedKind[])[] = Array.from({ length: (LONGEST_NAME + 1) * 32 }, (_, place) =>
  Object.entries(KIND_BY_NAME)
    .map(([name, kind]) => ({ name, kind }))
    .filter(({ name }) => name.length * 32 + (name.charCodeAt(0) & 31) === place),
);

/** For each length below 32 a bit for the first letters of its names; a longer name means something only with an X in front. */
const FIRST_LETTERS = new Int32Array(32).fill(1 << (0x78 & 31));
for (const name of Object.keys(KIND_BY_NAME)) {
  FIRST_LETTERS[name.length] = (FIRST_LETTERS[name.length] ?? 0) | (1 << (name.charCodeAt(0) & 31));
}

/** False for what is certainly FIELD.other: nine of ten names that a browser sends, at an array read each. */
export const mayBeSpecial = (length: number, firstByte: number): boolean =>
  (((FIRST_LETTERS[length < 32 ? length : 0] ?? 0) >>> (firstByte & 31)) & 1) === 1;

const X = 0x78;
const DASH = 0x2d;
const UNDERSCORE = 0x5f;

/** The name in lower case with `_` read as `-`: what a CGI-like backend would make of it. */
const dashed = (text: string, start: number, end: number): string =>
  text.slice(start, end).toLowerCase().replaceAll('_', '-');

const F = 0x66;
const R = 0x72;
const S = 0x73;

const xFieldKind = (text: string, start: number, end: number): FieldKind => {
  // Before any string is made: applications have many X- names of their own.
  const third = text.charCodeAt(start + 2) | 0x20;
  if (third !== F && third !== R && third !== S) return FIELD.other;
  const name = dashed(text, start, end);
  if (name.startsWith('x-forwarded-') || name.startsWith('x-sluice-') || name === 'x-real-ip')
    return FIELD.ours;
  if (name !== 'x-request-id') return FIELD.other;
  // X_Request_Id is not the id, but a backend may read it as one: it goes like any field that we set.
  return text.slice(start, end).includes('_') ? FIELD.ours : FIELD.requestId;
};

/** The kind of the field name text[start, end). */
export const fieldKind = (text: string, start: number, end: number): FieldKind => {
  const first = text.charCodeAt(start);
  if ((first | 0x20) === X) {
    const second = text.charCodeAt(start + 1);
    return second === DASH || second === UNDERSCORE ? xFieldKind(text, start, end) : FIELD.other;
  }
  const names = end - start > LONGEST_NAME ? undefined : NAMES[(end - start) * 32 + (first & 31)];
  if (names === undefined) return FIELD.other;
  for (let at = 0; at < names.length; at += 1) {
    const named = names[at];
    if (named !== undefined && equalsIgnoringCase(text, start, named.name)) return named.kind;
  }
  return FIELD.other;
};

const NOT_IN_CONNECTION: ReadonlySet<FieldKind> = new Set([
  FIELD.host,
  FIELD.contentLength,
  FIELD.transferEncoding,
  FIELD.forwarded,
  FIELD.ours,
  FIELD.requestId,
]);

/** True for a name that Connection may not take away: its absence would change who is asking, or for what (S9). `name` is in lower case. */
export const isForbiddenInConnection = (name: string): boolean =>
  // First, since nearly every request says it.
  name !== 'keep-alive' &&
  (name === 'cookie' || name === 'authorization' || NOT_IN_CONNECTION.has(fieldKind(name, 0, name.length)));
