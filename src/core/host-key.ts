import { createHash } from 'node:crypto';
import { canonicalHost, MAX_HOST_FIELD_BYTES } from './host.ts';

/** Hex digits of an MD5: the tail of every key, which says to which entry it belongs. */
const DIGEST_LENGTH = 32;

/** Most bytes of a host whose key (two digits a byte, then the digest) the API server still takes: (253 - 32) / 2. */
export const MAX_KEYED_HOST_BYTES = Math.floor((MAX_HOST_FIELD_BYTES - DIGEST_LENGTH) / 2);

const digestOf = (entry: string): string => createHash('md5').update(entry, 'utf8').digest('hex');

/**
 * The unique name that replaces a host in a stored Ingress: `hex(utf8(host)) + md5hex(entry)` (DESIGN 2).
 * `host` is canonical, or empty for a rule without host. MD5 names the entry; it protects nothing.
 */
export const hostKey = (host: string, entry = ''): string =>
  Buffer.from(host, 'utf8').toString('hex') + digestOf(entry);

/** What a string that looks like a key says. */
export type DecodedKey = {
  /** Canonical, or empty for the bare digest. */
  readonly host: string;
  /** 32 hex digits. */
  readonly digest: string;
};

/** True for an even number, at least 32, of lower-case hex digits and nothing else. */
const isHex = (text: string): boolean =>
  text.length >= DIGEST_LENGTH && text.length % 2 === 0 && /^[0-9a-f]+$/.test(text);

/**
 * Reads a string of key form: hex pairs that decode to a canonical host (or to nothing), then 32 hex digits.
 * Undefined for anything else. No annotation is needed, so copies made by other tools decode too.
 */
export const decodeHostKey = (text: string): DecodedKey | undefined => {
  // A host of the web has a dot; this line is on the router's hot path.
  if (text.indexOf('.') !== -1 || !isHex(text)) return undefined;
  const hex = text.slice(0, -DIGEST_LENGTH);
  const host = Buffer.from(hex, 'hex').toString('utf8');
  // A host that canonicalization would change was never keyed by us.
  if (hex !== '' && canonicalHost(host) !== host) return undefined;
  return { host, digest: text.slice(-DIGEST_LENGTH) };
};

/** What stands in a rule's `host`, seen by somebody who knows some entries. */
export type RuleHost =
  /** A host, canonical; empty for a rule without host. */
  | { readonly kind: 'plain'; readonly host: string }
  /** A key of an entry that we know. */
  | { readonly kind: 'key'; readonly host: string; readonly entry: string }
  /** A key of an entry that we do not know: never encoded again, never served. */
  | { readonly kind: 'foreign'; readonly host: string }
  /** Ends in the digest of an entry of ours, but the rest is no canonical host. */
  | { readonly kind: 'broken' }
  | { readonly kind: 'invalid' };

/** Classifies what stands in a rule's `host`; `entries` are the configured ones and the one that `sluice.dev/applied` records. */
export const readRuleHost = (text: string, entries: readonly string[]): RuleHost => {
  if (text === '') return { kind: 'plain', host: '' };
  const host = canonicalHost(text);
  // In canonical form first: `KEY.` is that key, and encoding it once more would be a second host.
  const name = host ?? text.toLowerCase();
  const entry = entries.find(candidate => name.endsWith(digestOf(candidate)));
  const decoded = decodeHostKey(name);
  if (decoded !== undefined) {
    if (entry === undefined) return { kind: 'foreign', host: decoded.host };
    // The key of a key names no host that anybody may serve.
    return decodeHostKey(decoded.host) === undefined
      ? { kind: 'key', host: decoded.host, entry }
      : { kind: 'broken' };
  }
  if (entry !== undefined && isHex(name)) return { kind: 'broken' };
  return host === undefined ? { kind: 'invalid' } : { kind: 'plain', host };
};
