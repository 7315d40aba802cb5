import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';

/** What the API server takes as a DNS-1123 label of an Ingress host; it sets no length for one label. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** Longest name that the API server stores in `spec.rules[].host`. */
export const MAX_HOST_FIELD_BYTES = 253;

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

const isName = (name: string): boolean =>
  name.length <= MAX_HOST_FIELD_BYTES &&
  isIP(name) === 0 &&
  name.split('.').every(label => LABEL.test(label));

/**
 * A host as it is keyed, claimed and looked up: lower case, no trailing dot, IDN as punycode, `*.` kept in
 * front of a wildcard (DESIGN 2). Undefined where the text is no host name: an address, a port, a space, a
 * wildcard elsewhere than in the whole first label. The empty string is no host name here.
 */
export const canonicalHost = (text: string): string | undefined => {
  if (text.length > 4 * MAX_HOST_FIELD_BYTES) return undefined;
  const lower = text.toLowerCase();
  const undotted = lower.endsWith('.') ? lower.slice(0, -1) : lower;
  const wildcard = undotted.startsWith('*.');
  const rest = wildcard ? undotted.slice(2) : undotted;
  // domainToASCII follows the URL standard, which percent-decodes and reads numbers as addresses: what is
  // ASCII already needs none of it.
  const name = isAscii(rest) ? rest : domainToASCII(rest);
  if (!isName(name)) return undefined;
  return wildcard ? `*.${name}` : name;
};

/** True if a host as the client sent it (canonical) is covered by a host of a rule: equal, or one label in place of `*`. */
export const hostCovers = (ruleHost: string, host: string): boolean => {
  if (ruleHost === host) return true;
  if (!ruleHost.startsWith('*.')) return false;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === ruleHost.slice(1);
};
