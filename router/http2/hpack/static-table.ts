import { type HeaderField, headerField } from './header-field.ts';

/** RFC 7541 A, from index 1 on. */
const ENTRIES: readonly (readonly [name: string, value: string])[] = [
  [':authority', ''],
  [':method', 'GET'],
  [':method', 'POST'],
  [':path', '/'],
  [':path', '/index.html'],
  [':scheme', 'http'],
  [':scheme', 'https'],
  [':status', '200'],
  [':status', '204'],
  [':status', '206'],
  [':status', '304'],
  [':status', '400'],
  [':status', '404'],
  [':status', '500'],
  ['accept-charset', ''],
  ['accept-encoding', 'gzip, deflate'],
  ['accept-language', ''],
  ['accept-ranges', ''],
  ['accept', ''],
  ['access-control-allow-origin', ''],
  ['age', ''],
  ['allow', ''],
  ['authorization', ''],
  ['cache-control', ''],
  ['content-disposition', ''],
  ['content-encoding', ''],
  ['content-language', ''],
  ['content-length', ''],
  ['content-location', ''],
  ['content-range', ''],
  ['content-type', ''],
  ['cookie', ''],
  ['date', ''],
  ['etag', ''],
  ['expect', ''],
  ['expires', ''],
  ['from', ''],
  ['host', ''],
  ['if-match', ''],
  ['if-modified-since', ''],
  ['if-none-match', ''],
  ['if-range', ''],
  ['if-unmodified-since', ''],
  ['last-modified', ''],
  ['link', ''],
  ['location', ''],
  ['max-forwards', ''],
  ['proxy-authenticate', ''],
  ['proxy-authorization', ''],
  ['range', ''],
  ['referer', ''],
  ['refresh', ''],
  ['retry-after', ''],
  ['server', ''],
  ['set-cookie', ''],
  ['strict-transport-security', ''],
  ['transfer-encoding', ''],
  ['user-agent', ''],
  ['vary', ''],
  ['via', ''],
  ['www-authenticate', ''],
];

const fields = ENTRIES.map(([name, value]) => headerField(name, value));

/** By index: index 0 means nothing. */
export const STATIC_FIELDS: readonly (HeaderField | undefined)[] = [undefined, ...fields];

/** The first index of the dynamic table. */
export const FIRST_DYNAMIC_INDEX = STATIC_FIELDS.length;

export type StaticName = { readonly name: string; readonly index: number };

const LONGEST_NAME = 27;

const firstIndexes: readonly StaticName[] = fields
  .map(({ name }, at) => ({ name, index: at + 1 }))
  .filter(({ name }, at) => fields.findIndex(field => field.name === name) === at);

/** Names by length and the five bits that tell a letter, whatever its case. */
const NAMES: readonly (readonly StaticName[])[] = Array.from(
  { length: (LONGEST_NAME + 1) * 32 },
  (_, place) => firstIndexes.filter(({ name }) => name.length * 32 + (name.charCodeAt(0) & 31) === place),
);

const NONE: readonly StaticName[] = [];

/** The names of the static table that one of that length and first byte may be: mostly one or none. */
export const staticNames = (length: number, firstByte: number): readonly StaticName[] =>
  (length > LONGEST_NAME ? undefined : NAMES[length * 32 + (firstByte & 31)]) ?? NONE;
