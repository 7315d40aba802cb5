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

const parsedHost = (authority: string): string | undefined => {
  const match = AUTHORITY.exec(authority);
  const host = match?.[1]?.toLowerCase();
  if (host === undefined || host.length > 255 || Number(match?.[2] ?? 0) > 65535) return undefined;
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1)) ? host : undefined;
  const undotted = host.endsWith('.') ? host.slice(0, -1) : host;
  return undotted === '' ? undefined : undotted;
};
