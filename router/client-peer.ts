import type { Socket } from 'node:net';
import { peerLines } from './http1/forwarded-head.ts';

/** An IPv4 client of a dual-stack listener reads as IPv4; a zone means nothing to the next hop. */
export const plainAddress = (address: string): string =>
  address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');

/** Who is at the other end of a client's connection. Peers are not trusted: their own word on this is replaced (S11). */
export class ClientPeer {
  readonly address: string;
  readonly #socket: Socket;
  #lines = '';

  constructor(socket: Socket) {
    this.#socket = socket;
    this.address = plainAddress(socket.remoteAddress ?? '');
  }

  /** The X-Forwarded lines that are the same for all requests of the connection. */
  get lines(): string {
    if (this.#lines === '') this.#lines = peerLines(this.address, this.#socket.localPort ?? 0);
    return this.#lines;
  }

  /** What an HTTP/1.0 request without Host asks for. */
  get localAuthority(): string {
    const { localAddress = '', localPort = 0 } = this.#socket;
    const address = plainAddress(localAddress);
    return address.includes(':') ? `[${address}]:${localPort}` : `${address}:${localPort}`;
  }
}
