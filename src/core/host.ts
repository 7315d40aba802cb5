import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** What the API server takes as a DNS-1123 label of an Ingress host; it sets no length for one label. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** Longest name that the API server stores in `spec.rules[].host`. */
export const MAX_HOST_FIELD_BYTES = 253;

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/**
 * What may stand beside the other letters of an IDN. `domainToASCII` parses a URL: of `é.com/x`, `é.com?x` and
 * `é%41.com` it would make a host that nobody wrote.
 */
const IDN = /^[-a-z0-9.\u0080-\uffff]*$/;

const asciiName = (lower: string): string => {
  // The URL standard reads numbers as addresses: what is ASCII already needs none of it.
  if (isAscii(lower)) return lower;
  return IDN.test(lower) ? domainToASCII(lower) : '';
};

const isName = (name: string): boolean =>
  isIP(name) === 0 && name.split('.').every(label => LABEL.test(label));

/**
 * A host as it is keyed, claimed and looked up: lower case, no trailing dot, IDN as punycode, `*.` kept in
 * front of a wildcard (DESIGN 2). Undefined where the text is no host name: an address, a port, a space, a
 * wildcard elsewhere than in the whole first label. The empty string is no host name here.
 */
export const canonicalHost = (text: string): string | undefined => {
  if (text.length > 4 * MAX_HOST_FIELD_BYTES) return undefined;
  const lower = text.toLowerCase();
  const wildcard = lower.startsWith('*.');
  const ascii = asciiName(wildcard ? lower.slice(2) : lower);
  const name = ascii.endsWith('.') ? ascii.slice(0, -1) : ascii;
  const host = wildcard ? `*.${name}` : name;
  return host.length <= MAX_HOST_FIELD_BYTES && isName(name) ? host : undefined;
};

/** True if a host as the client sent it (canonical) is covered by a host of a rule: equal, or one label in place of `*`. */
export const hostCovers = (ruleHost: string, host: string): boolean => {
  if (ruleHost === host) return true;
  if (!ruleHost.startsWith('*.')) return false;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === ruleHost.slice(1);
};
