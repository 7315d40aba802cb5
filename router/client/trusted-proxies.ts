import { canonicalAddress } from '../../src/core/ticket/ip-cidr.ts';
import { hostOfAuthority } from '../http1/authority.ts';
import type { FieldTable } from '../http1/field-table.ts';
import { forwardedLines, type Scheme } from '../http1/forwarded-head.ts';

/** Hops that are walked back at most: no honest path is longer, and the walk is paid by every request that is new. */
const MAX_HOPS = 32;

/** An address, or as some balancers write it: with its port, and IPv6 in brackets. */
const WITH_PORT = /^(?:\[([0-9a-fA-F:.]{2,45})\](?::[0-9]{1,5})?|([0-9.]{7,15}):[0-9]{1,5})$/;

const entryAddress = (entry: string): string | undefined => {
  const text = entry.trim();
  if (text.length > 64) return undefined;
  const withPort = WITH_PORT.exec(text);
  return canonicalAddress(withPort?.[1] ?? withPort?.[2] ?? text);
};

/**
 * The rightmost address of `X-Forwarded-For` that is not itself a trusted proxy, `hop` being who sent it.
 * Everything left of that address was written by somebody untrusted. The walk ends at what is no
 * address, too: then the last hop that is known is the client.
 */
export const clientAddressOf = (
  forwardedFor: string,
  hop: string,
  isTrusted: (address: string) => boolean,
): string => {
  let client = hop;
  let end = forwardedFor.length;
  for (let hops = 0; hops < MAX_HOPS && end !== -1 && isTrusted(client); hops += 1) {
    const comma = forwardedFor.lastIndexOf(',', Math.max(0, end - 1));
    const address = entryAddress(forwardedFor.slice(comma + 1, end));
    if (address === undefined) break;
    client = address;
    end = comma;
  }
  return client;
};

/** False where an open quote would swallow what is appended. */
const endsOutsideQuotes = (text: string): boolean => {
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted && char === '\\') at += 1;
  }
  return !isQuoted;
};

const DEFAULT_PORT = { http: '80', https: '443' } as const;

const isProto = (text: string): text is keyof typeof DEFAULT_PORT => Object.hasOwn(DEFAULT_PORT, text);

const isPort = (text: string): boolean => /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;

/** The nearest hop, and how it came here. */
export type HopWay = { readonly address: string; readonly scheme: Scheme; readonly port: number };

/** What a trusted proxy says of the way a request came, and how it goes on (S11). */
export class ForwardedTrail {
  /** Who asks: for tickets, access lists and limits. */
  client: string;
  lines = '';
  /** X-Forwarded-Host as the proxy sent it; empty: none that is valid. */
  host = '';
  /** The elements of Forwarded so far, each with the comma behind it. */
  forwarded = '';
  /** As the client spoke to the first proxy that is known. */
  scheme: Scheme;
  readonly #hop: HopWay;
  readonly #isTrusted: (address: string) => boolean;
  /** What was read last: a balancer that holds a connection for each client says the same in all requests. */
  #sent: string | null = null;

  constructor(hop: HopWay, isTrusted: (address: string) => boolean) {
    this.client = hop.address;
    this.scheme = hop.scheme;
    this.#hop = hop;
    this.#isTrusted = isTrusted;
  }

  /** Reads the fields of a request; they are not kept in what goes upstream. */
  read(fields: FieldTable): void {
    const forwardedFor = fields.sentValue('x-forwarded-for');
    const proto = fields.sentValue('x-forwarded-proto');
    const host = fields.sentValue('x-forwarded-host');
    const port = fields.sentValue('x-forwarded-port');
    const forwarded = fields.sentValue('forwarded');
    // No value holds a line feed.
    const sent = `${forwardedFor}\n${proto}\n${host}\n${port}\n${forwarded}`;
    if (sent === this.#sent) return;
    this.#sent = sent;
    const { address } = this.#hop;
    this.client = clientAddressOf(forwardedFor, address, this.#isTrusted);
    this.scheme = isProto(proto) ? proto : this.#hop.scheme;
    this.host = hostOfAuthority(host) === undefined ? '' : host;
    this.forwarded = forwarded === '' || !endsOutsideQuotes(forwarded) ? '' : `${forwarded}, `;
    this.lines = forwardedLines({
      chain: forwardedFor === '' ? address : `${forwardedFor}, ${address}`,
      client: this.client,
      proto: this.scheme,
      port: this.#port(port, proto),
    });
  }

  /** A proxy that ends TLS and names no port means the usual one, not ours. */
  #port(port: string, proto: string): string {
    if (isPort(port)) return port;
    return isProto(proto) ? DEFAULT_PORT[proto] : String(this.#hop.port);
  }
}
