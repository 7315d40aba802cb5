import type { Socket } from 'node:net';
import { canonicalAddress } from '../../src/core/ticket/ip-cidr.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { flatText } from '../http1/flat-text.ts';
import { type ForwardedPeer, forwardedLines, type Scheme } from '../http1/forwarded-head.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { TlsFacts } from '../tls/tls-facts.ts';
import type { ConnectionEnds } from './proxy-protocol.ts';
import { ForwardedTrail, type HopWay } from './trusted-proxies.ts';

/** A connection that is ours, and where it comes from. */
export type Arrival = {
  readonly socket: EngineSocket;
  readonly ends: ConnectionEnds;
  /** Null: it is in clear. */
  readonly tls: TlsFacts | null;
};

/** One text for one address, as tickets and access lists compare it: an IPv4 client of a dual-stack listener reads as IPv4. */
const plainAddress = (address: string | undefined): string => canonicalAddress(address ?? '') ?? '';

export const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): ConnectionEnds => ({
  remoteAddress: plainAddress(remoteAddress),
  remotePort: remotePort ?? 0,
  localAddress: plainAddress(localAddress),
  localPort: localPort ?? 0,
});

/** Those asked for last, by address and port: behind a balancer a few addresses have all connections, and one text for all stays at hand. */
const knownLines = new Map<string, string>();
const MAX_KNOWN_LINES = 256;

const linesOf = (address: string, proto: Scheme, port: string): string => {
  const key = `${address} ${proto} ${port}`;
  const known = knownLines.get(key);
  if (known !== undefined) return known;
  if (knownLines.size === MAX_KNOWN_LINES) knownLines.clear();
  const lines = flatText(forwardedLines({ chain: address, client: address, proto, port }));
  knownLines.set(key, lines);
  return lines;
};

/**
 * Who is at the other end of a client's connection. What an untrusted peer says of itself is replaced, and
 * costs nothing per request; what a trusted proxy says is read and extended (S11).
 */
export class ClientPeer implements ForwardedPeer {
  /** Of the nearest hop. */
  readonly address: string;
  readonly #ends: ConnectionEnds;
  /** Null: the connection is in clear. */
  readonly tls: TlsFacts | null;
  readonly #trail: ForwardedTrail | null;
  #lines = '';

  constructor({ ends, tls }: Pick<Arrival, 'ends' | 'tls'>, isTrusted: (address: string) => boolean) {
    this.#ends = ends;
    this.tls = tls;
    this.address = ends.remoteAddress;
    this.#trail = isTrusted(this.address) ? new ForwardedTrail(this.#way, isTrusted) : null;
  }

  /** How the client of this request came: by this connection, or as a trusted proxy says. */
  get scheme(): Scheme {
    return this.#trail === null ? this.hopScheme : this.#trail.scheme;
  }

  /** What is spoken on this connection. */
  get hopScheme(): Scheme {
    return this.tls === null ? 'http' : 'https';
  }

  get #way(): HopWay {
    return { address: this.address, scheme: this.hopScheme, port: this.#ends.localPort };
  }

  /** The client of this request; what is asked of the peer until the next call is about the same one. */
  clientOf(head: RequestHead): string {
    if (this.#trail === null) return this.address;
    this.#trail.read(head.fields);
    return this.#trail.client;
  }

  get lines(): string {
    if (this.#trail !== null) return this.#trail.lines;
    // Made once: the same for all requests of the connection.
    if (this.#lines === '') this.#lines = linesOf(this.address, this.hopScheme, String(this.#ends.localPort));
    return this.#lines;
  }

  get forwardedHost(): string {
    return this.#trail === null ? '' : this.#trail.host;
  }

  get forwardedBefore(): string {
    return this.#trail === null ? '' : this.#trail.forwarded;
  }

  /** What an HTTP/1.0 request without Host asks for. */
  get localAuthority(): string {
    const { localAddress, localPort } = this.#ends;
    return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
  }
}
