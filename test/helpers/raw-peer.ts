import { connect, type Socket } from 'node:net';

type Waiter = { readonly isMet: (peer: RawPeer) => boolean; readonly resolve: () => void };

/** One end of a raw socket: everything received as latin1 text, awaited by content and never by time. */
export class RawPeer {
  readonly socket: Socket;
  received = '';
  hasEnded = false;
  /** Code of the error that it was closed with, `ECONNRESET` say; empty: none. */
  failure = '';
  isClosed = false;
  #waiters: Waiter[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
      this.#check();
    });
    socket.on('end', () => {
      this.hasEnded = true;
      this.#check();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.failure = error.code ?? error.message;
    });
    socket.on('close', () => {
      this.isClosed = true;
      this.#check();
    });
  }

  write(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves once `isMet`; rejects where the connection closed before. */
  async until(isMet: (peer: RawPeer) => boolean): Promise<string> {
    if (!isMet(this)) {
      await new Promise<void>(resolve => {
        this.#waiters.push({ isMet: peer => isMet(peer) || peer.isClosed, resolve });
        this.#check();
      });
    }
    if (!isMet(this)) throw new Error(`closed after ${JSON.stringify(this.received.slice(-400))}`);
    return this.received;
  }

  untilText(text: string): Promise<string> {
    return this.until(peer => peer.received.includes(text));
  }

  untilLength(length: number): Promise<string> {
    return this.until(peer => peer.received.length >= length);
  }

  /** Resolves with all that was received once the other side has ended or closed. */
  untilEnd(): Promise<string> {
    return this.until(peer => peer.hasEnded || peer.isClosed);
  }

  untilClosed(): Promise<string> {
    return this.until(peer => peer.isClosed);
  }

  /** What was received, which is forgotten. */
  takeReceived(): string {
    const { received } = this;
    this.received = '';
    return received;
  }

  #check(): void {
    const met = this.#waiters.filter(({ isMet }) => isMet(this));
    if (met.length === 0) return;
    this.#waiters = this.#waiters.filter(waiter => !met.includes(waiter));
    for (const { resolve } of met) resolve();
  }
}

/** A raw client on loopback, connected; `from`: another address of it than 127.0.0.1. */
export const connectRaw = async (
  port: number,
  options?: { readonly allowHalfOpen?: boolean; readonly from?: string },
): Promise<RawPeer> => {
  const socket = connect({
    port,
    host: '127.0.0.1',
    ...(options?.from !== undefined && { localAddress: options.from }),
    noDelay: true,
    allowHalfOpen: options?.allowHalfOpen ?? true,
  });
  const peer = new RawPeer(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return peer;
};

/** Connects, says `text`, and resolves with what came once the other side has closed; a reset may even come before the connection is told. */
export const closedAtOnce = async (port: number, text = ''): Promise<string> =>
  (await closedPeer(port, text)).received;

/** The same as a whole: also how it was closed. */
export const closedPeer = async (port: number, text = ''): Promise<RawPeer> => {
  const peer = new RawPeer(connect({ port, host: '127.0.0.1' }));
  if (text !== '') peer.write(text);
  await peer.untilClosed();
  return peer;
};
