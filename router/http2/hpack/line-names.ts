import { type StaticName, staticNames } from './static-table.ts';

/** What a line's name decides: it goes, it ends here, or somebody else has a use for it. */
export const LINE = { goes: 0, secret: 1, dropped: 2, te: 3 } as const;

export type LineUse = (typeof LINE)[keyof typeof LINE];

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

/** The lower-case form of every byte. */
export const LOWER = new Uint8Array(256);
for (let code = 0; code < 256; code += 1) LOWER[code] = code >= 0x41 && code <= 0x5a ? code | 0x20 : code;

/** True if bytes[start, …) is `lower`, ASCII case aside. */
export const isName = (bytes: Uint8Array, start: number, lower: string): boolean => {
  for (let index = 0; index < lower.length; index += 1) {
    if (LOWER[bytes[start + index] ?? 0] !== lower.charCodeAt(index)) return false;
  }
  return true;
};

/** What becomes of the line whose name is bytes[start, start + length). */
export const lineUse = (bytes: Uint8Array, start: number, length: number): LineUse => {
  const uses = length > LONGEST_USE ? undefined : USES_BY_PLACE[length * 32 + ((bytes[start] ?? 0) & 31)];
  if (uses === undefined) return LINE.goes;
  for (let at = 0; at < uses.length; at += 1) {
    const use = uses[at];
    if (use !== undefined && isName(bytes, start, use[0])) return use[1];
  }
  return LINE.goes;
};

/** The index of a static entry of that name; 0: there is none. */
export const staticIndex = (bytes: Uint8Array, start: number, length: number): number => {
  const names: readonly StaticName[] = staticNames(length, bytes[start] ?? 0);
  for (let at = 0; at < names.length; at += 1) {
    const named = names[at];
    if (named !== undefined && isName(bytes, start, named.name)) return named.index;
  }
  return 0;
};
