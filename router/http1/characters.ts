/** Bytes by what a head may hold of them (RFC 9110 5.6.2, 5.5; RFC 9112 3). One table, so that a scan is one array read a byte. */
const TOKEN = 1;
const VALUE = 2;
const TARGET = 4;

const classes = new Uint8Array(256);
for (let code = 0x21; code <= 0x7e; code += 1) classes[code] = VALUE | TARGET;
for (let code = 0x80; code <= 0xff; code += 1) classes[code] = VALUE;
for (const code of [0x09, 0x20]) classes[code] = VALUE;
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  classes[char.charCodeAt(0)] = TOKEN | VALUE | TARGET;
}

export const TAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SPACE = 0x20;
export const COLON = 0x3a;

/** A character of a field name or method: `tchar`. */
export const isTokenChar = (code: number): boolean => ((classes[code] ?? 0) & TOKEN) !== 0;

/** A byte that a field value may hold: HTAB, SP, VCHAR, obs-text; never CR, LF, NUL or another control. */
export const isValueChar = (code: number): boolean => ((classes[code] ?? 0) & VALUE) !== 0;

/** A byte that a request target may hold: visible ASCII, as RFC 3986 and strict llhttp have it. */
export const isTargetChar = (code: number): boolean => ((classes[code] ?? 0) & TARGET) !== 0;

export const isBlank = (code: number): boolean => code === SPACE || code === TAB;

export const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** The value of a hex digit, -1 for any other byte. */
export const hexDigit = (code: number): number => {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

/** True if text[start, end) is `lower`, ASCII case aside. `lower` is in lower case. */
export const equalsIgnoringCase = (text: string, start: number, lower: string): boolean => {
  for (let index = 0; index < lower.length; index += 1) {
    let code = text.charCodeAt(start + index);
    if (code >= 0x41 && code <= 0x5a) code |= 0x20;
    if (code !== lower.charCodeAt(index)) return false;
  }
  return true;
};

const NUMBER = /^[0-9]{1,15}$/;

/** A Content-Length: digits only, small enough to be counted exactly (P11, P15); undefined otherwise. */
export const parsedContentLength = (value: string): number | undefined =>
  NUMBER.test(value) ? Number(value) : undefined;
