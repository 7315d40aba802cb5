import { VIA_LINE } from './hops.ts';
import type { RequestHead } from './request-head.ts';

export type Scheme = 'http' | 'https';

/** What goes upstream of the connection that a request came on. */
export type ForwardedPeer = {
  /** `X-Forwarded-For: …\r\n` and its like. */
  readonly lines: string;
  /** The nearest hop's address, for Forwarded. */
  readonly address: string;
  /** What the nearest hop spoke, for Forwarded. */
  readonly hopScheme: Scheme;
  /** What a trusted hop says that the client asked for; empty: what the request says. */
  readonly forwardedHost: string;
  /** The elements of Forwarded that a trusted hop sent, each with the comma behind it. */
  readonly forwardedBefore: string;
  /** The address and port that the client reached, for HTTP/1.0 without Host. */
  readonly localAuthority: string;
};

/** What the router adds of its own to the head of one request. */
export type ForwardedWith = {
  readonly peer: ForwardedPeer;
  readonly requestId: string;
  /** `x-sluice-track: edge\r\n`. */
  readonly trackLine: string;
  /** The rule's new path, null for the normalized one; a query in it comes before the request's own, as in ingress-nginx. */
  readonly rewrittenPath: string | null;
};

/** How a request came: the addresses it passed, and what the client spoke to. */
export type ForwardedWay = {
  readonly chain: string;
  readonly client: string;
  readonly proto: Scheme;
  readonly port: string;
};

/** `X-Forwarded-For` and its like, whatever the request itself said of them (S11). */
export const forwardedLines = ({ chain, client, proto, port }: ForwardedWay): string =>
  `X-Forwarded-For: ${chain}\r\nX-Real-IP: ${client}\r\n` +
  `X-Forwarded-Proto: ${proto}\r\nX-Forwarded-Port: ${port}\r\n`;

/** True for a path that a rewrite may put into a request line: anything else could end the line. */
export const isForwardablePath = (path: string): boolean => /^\/[\x21-\x7e]*$/.test(path);

/** RFC 7239 4: an IPv6 address stands in brackets and quotes; a host with a port in quotes. */
const forwardedLine = ({ address, hopScheme, forwardedBefore }: ForwardedPeer, authority: string): string => {
  const by = address.includes(':') ? `"[${address}]"` : address;
  const host = authority === '' ? '' : `;host="${authority}"`;
  return `Forwarded: ${forwardedBefore}for=${by}${host};proto=${hopScheme}\r\n`;
};

const targetOf = (head: RequestHead, rewrittenPath: string | null): string => {
  if (head.target.isAsterisk) return '*';
  const query = head.target.query;
  if (rewrittenPath === null) return head.target.path + query;
  return query !== '' && rewrittenPath.includes('?')
    ? `${rewrittenPath}&${query.slice(1)}`
    : rewrittenPath + query;
};

/**
 * The head that goes upstream, complete with its empty line: always HTTP/1.1 (P3), the field lines as
 * they came but for what ends here, then ours.
 */
export const forwardedHead = (head: RequestHead, own: ForwardedWith): string => {
  const isVerbatim = head.target.isVerbatim && own.rewrittenPath === null && head.minorVersion === 1;
  let out = isVerbatim
    ? head.fields.keptText(0)
    : `${head.method} ${targetOf(head, own.rewrittenPath)} HTTP/1.1\r\n` +
      head.fields.keptText(head.fieldsStart);
  if (head.target.authority !== '') out += `Host: ${head.authority}\r\n`;
  else if (head.authority === '') out += `Host: ${own.peer.localAuthority}\r\n`;
  if (head.upgrade !== '') out += `Connection: Upgrade\r\nUpgrade: ${head.upgrade}\r\n`;
  if (head.hadForwarded) out += forwardedLine(own.peer, head.authority);
  if (head.maxForwards !== -1) out += `Max-Forwards: ${head.maxForwards - 1}\r\n`;
  out += VIA_LINE[head.minorVersion] + own.peer.lines;
  const host = own.peer.forwardedHost === '' ? head.authority : own.peer.forwardedHost;
  if (host !== '') out += `X-Forwarded-Host: ${host}\r\n`;
  return `${out}X-Request-Id: ${own.requestId}\r\n${own.trackLine}\r\n`;
};
