import type { ByteString } from './byte-string.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const PERCENT = 0x25;
const SEMICOLON = 0x3b;

/** 1: may not stand in a path at all (DESIGN 7: bytes below 0x21, 0x7F, `\`, `#`; and `?`, which ends the path). */
const FORBIDDEN = new Uint8Array(256);
FORBIDDEN.fill(1, 0, 0x21);
for (const char of '\x7f\\#?') FORBIDDEN[char.charCodeAt(0)] = 1;

const isUnreserved = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) ||
  code === 0x2d ||
  code === DOT ||
  code === 0x5f ||
  code === 0x7e;

const isHexDigit = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);

/** Length of a run of one or two dots that begins at `start`; 0 where there is no such segment part. */
const dotsAt = (path: ByteString, start: number): number => {
  if (path.charCodeAt(start) !== DOT) return 0;
  return path.charCodeAt(start + 1) === DOT ? 2 : 1;
};

/** What a segment that begins at `start` is: nothing special, a dot segment, or one that carries `;` and is refused. */
const dotSegmentAt = (path: ByteString, start: number): 'none' | 'dots' | 'refused' => {
  const dots = dotsAt(path, start);
  if (dots === 0) return 'none';
  const end = start + dots;
  if (end === path.length || path.charCodeAt(end) === SLASH) return 'dots';
  // Tomcat and others drop `;…` before they resolve: `/cart/..;/admin` would be two paths (CVE-2026-73511).
  return path.charCodeAt(end) === SEMICOLON ? 'refused' : 'none';
};

/** Triplets of unreserved characters decoded, others in upper case; undefined for `%00` and for a `%` without two hex digits. */
const withCanonicalTriplets = (path: ByteString): ByteString | undefined => {
  let out = '';
  let from = 0;
  for (let at = path.indexOf('%'); at !== -1; at = path.indexOf('%', from)) {
    if (!isHexDigit(path.charCodeAt(at + 1)) || !isHexDigit(path.charCodeAt(at + 2))) return undefined;
    const triplet = path.slice(at, at + 3);
    const code = Number.parseInt(triplet.slice(1), 16);
    if (code === 0) return undefined;
    out += path.slice(from, at) + (isUnreserved(code) ? String.fromCharCode(code) : triplet.toUpperCase());
    from = at + 3;
  }
  return out + path.slice(from);
};

/** A URI has no bytes above 0x7E (RFC 3986 2): requests never bring them, a rule's path may. */
const withEncodedBytes = (path: ByteString): ByteString =>
  path.replace(/[\x80-\xff]/g, byte => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);

/** RFC 3986 5.2.4; empty segments are segments, so `//` stays. */
const withoutDotSegments = (path: ByteString): ByteString | undefined => {
  const kept: string[] = [];
  let endsInDots = false;
  for (let start = 1; start <= path.length; ) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    const kind = dotSegmentAt(path, start);
    if (kind === 'refused') return undefined;
    endsInDots = kind === 'dots';
    if (kind === 'none') kept.push(path.slice(start, end));
    else if (end - start === 2) kept.pop();
    start = end + 1;
  }
  return `/${kept.join('/')}${endsInDots && kept.length > 0 ? '/' : ''}`;
};

const needsNothing = (path: ByteString): boolean | undefined => {
  let clean = true;
  let previous = 0;
  for (let at = 0; at < path.length; at += 1) {
    const code = path.charCodeAt(at);
    if (code > 0xff || FORBIDDEN[code] === 1) return undefined;
    if (code === PERCENT || code > 0x7f || (code === DOT && previous === SLASH)) clean = false;
    previous = code;
  }
  return clean;
};

/**
 * The path that is both matched and forwarded, undefined where the request is to be answered with 400 (DESIGN 7, "Path").
 * Written for every request: a path that needs nothing is returned as it is.
 */
export const normalizePath = (path: ByteString): ByteString | undefined => {
  if (path.charCodeAt(0) !== SLASH) return undefined;
  const clean = needsNothing(path);
  if (clean !== false) return clean === undefined ? undefined : path;
  const canonical = withCanonicalTriplets(withEncodedBytes(path));
  return canonical === undefined ? undefined : withoutDotSegments(canonical);
};
