import { isIPv6 } from 'node:net';

/** `uri-host [":" port]` without what no host in DNS has: of RFC 3986's reg-name only what names machines. */
const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{0,5}))?$/i;

let lastAuthority = '';
let lastHost: string | undefined;

/**
 * The host of a Host field or of an absolute-form target as routes are looked up: lower case, without
 * port and one trailing dot (DESIGN 7); undefined where it is not one valid host (P5).
 */
export const hostOfAuthority = (authority: string): string | undefined => {
  // Neighbouring requests mostly ask for one host.
  if (authority === lastAuthority) return lastHost;
  lastAuthority = authority;
  lastHost = parsedHost(authority);
  return lastHost;
};

/** 1: may stand in a host that is looked up as it was sent. */
const PLAIN = new Uint8Array(256);
for (const char of 'abcdefghijklmnopqrstuvwxyz0123456789._-') PLAIN[char.charCodeAt(0)] = 1;

/** True for a name in lower case without port: what clients send, at a fraction of what the expression costs (bench/micro/small-steps.ts). */
const isPlainHost = (authority: string): boolean => {
  if (authority === '' || authority.length > 255) return false;
  for (let at = 0; at < authority.length; at += 1) if (PLAIN[authority.charCodeAt(at)] !== 1) return false;
  return true;
};

const parsedHost = (authority: string): string | undefined => {
  if (isPlainHost(authority)) return withoutDot(authority);
  const match = AUTHORITY.exec(authority);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined || host.length > 255 || Number(match?.[2] ?? 0) > 65535) return undefined;
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1)) ? host : undefined;
  return withoutDot(host);
};

const withoutDot = (host: string): string | undefined => {
  const undotted = host.endsWith('.') ? host.slice(0, -1) : host;
  return undotted === '' ? undefined : undotted;
};
