import type { Socket, SocketConstructorOpts } from 'node:net';
import type { Engine } from '../engine.ts';
import { PlainSocket } from '../plain-socket.ts';
import { firstContext, type HandshakeOwner, lookedUpName, type TlsTermination } from './termination.ts';
import { type ParentHandle, TLS_BINDING, type TlsHandle } from './tls-binding.ts';
import { TlsWire } from './tls-wire.ts';

/** Handles know their socket: one function each serves all of them. */
type OwnedHandle = TlsHandle & { sluiceTls?: TlsSocket };

function onHandshakeDone(this: OwnedHandle): void {
  this.sluiceTls?.onHandshakeDone();
}

function onTlsError(this: OwnedHandle, error: Error): void {
  this.sluiceTls?.destroy(error);
}

/** By what is offered; the list of a termination never changes. */
const protocolBytes = new WeakMap<readonly string[], Buffer>();

const protocolBytesOf = (protocols: readonly string[]): Buffer => {
  const known = protocolBytes.get(protocols);
  if (known !== undefined) return known;
  const bytes = Buffer.concat(
    protocols.map(name => Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1')])),
  );
  protocolBytes.set(protocols, bytes);
  return bytes;
};

/** Node would read at once, while it is still being made; `manualStart` is missing in the types. */
const NOT_YET_READ = {
  allowHalfOpen: true,
  manualStart: true,
};

export type TlsSocketParts = {
  readonly engine: Engine;
  readonly termination: TlsTermination;
  /** Of a connection that was accepted. */
  readonly parent: ParentHandle;
  readonly owner: HandshakeOwner;
};

/**
 * The server's side of a TLS connection. It is made of what Node's TLSSocket is made of, without its dozen listeners,
 * closures and options of each connection, which cost half as much as the handshake's own JavaScript (docs/tls.md).
 */
export class TlsSocket extends PlainSocket {
  declare readonly wire: TlsWire;
  /** Closing the handle looks for it here, and frees what OpenSSL holds. */
  ssl: TlsHandle | null;
  readonly #termination: TlsTermination;
  readonly #parent: ParentHandle;
  #owner: HandshakeOwner | null;
  #serverName = '';
  #certificate: string | null = null;

  constructor({ engine, termination, parent, owner }: TlsSocketParts) {
    if (TLS_BINDING === null) throw new Error('this Node has no TLS handles');
    const context = firstContext(termination).context;
    const handle: OwnedHandle = TLS_BINDING.wrap(parent, context, true, false);
    handle._parent = parent;
    // A socket that was greeted in clear is being read already.
    handle.reading = parent.reading === true;
    super(
      engine,
      { ...NOT_YET_READ, handle: handle as unknown as SocketConstructorOpts['handle'] },
      socket => new TlsWire(socket, parent),
    );
    this.ssl = handle;
    this.#termination = termination;
    this.#parent = parent;
    this.#owner = owner;
    this.#certificate = termination.certificateOf('');
    handle.sluiceTls = this;
    handle.onhandshakedone = onHandshakeDone;
    handle.onerror = onTlsError;
    handle.setALPNProtocols(protocolBytesOf(termination.protocols));
  }

  get servername(): string {
    return this.#serverName;
  }

  /**
   * OpenSSL has read the name in the client's hello and is about to look for another context: Node says the name
   * here, then reads `sni_context`. With an SNICallback the handshake would stop and be taken up again for it.
   */
  set servername(name: unknown) {
    try {
      if (typeof name !== 'string' || name === '' || this.ssl === null) return;
      this.#serverName = lookedUpName(name);
      const { contexts, certificateOf } = this.#termination;
      const certificate = certificateOf(this.#serverName);
      if (certificate === this.#certificate) return;
      this.#certificate = certificate;
      this.ssl.sni_context = contexts.contextOf(certificate).context;
    } catch (error) {
      // Nothing may be thrown into OpenSSL; the first context goes on.
      this.#termination.log('a bug in the choice of a certificate', error);
    }
  }

  /** Reads from now on; `read` is what was read of the connection before. */
  begin(read: Buffer | null): void {
    if (read !== null && read.length > 0) this.ssl?.receive(read);
    if (!this.destroyed) this.read(0);
  }

  onHandshakeDone(): void {
    const owner = this.#owner;
    const { ssl } = this;
    if (owner === null || ssl === null || this.destroyed) return;
    this.#owner = null;
    const isHttp2 = this.#termination.protocols.length > 1 && ssl.getALPNNegotiatedProtocol() === 'h2';
    try {
      owner.onSecure(
        {
          serverName: this.#serverName,
          certificate: this.#certificate,
          protocol: isHttp2 ? 'h2' : 'http/1.1',
        },
        ssl.isSessionReused(),
      );
    } catch (error) {
      this.onBug(error);
    }
  }

  /** Node's way to tell of the end. A client that ends before the handshake is done has left. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk !== null || this.#owner === null) return super.push(chunk, encoding);
    this.destroy();
    return false;
  }

  /** Nothing of a write may be left under way: what tells of the end would be lost behind it. */
  override _final(done: (error?: Error | null) => void): void {
    this.wire.whenIdle(() => super._final(done));
  }

  /** Node's own knows handles of TCP alone. */
  override resetAndDestroy(): this {
    const { ssl } = this;
    if (ssl !== null) {
      ssl.close = done => {
        this.ssl = null;
        this.#parent.reset(() => {
          ssl.destroySSL();
          done();
        });
      };
    }
    return this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const owner = this.#owner;
    if (owner === null) {
      super._destroy(error, done);
      return;
    }
    // Nobody listens to the socket yet: its owner is told instead.
    this.#owner = null;
    super._destroy(error, () => done(null));
    owner.onHandshakeFailed(error);
  }
}

/** What Node keeps in a socket and has no public name for. */
type Innards = { _handle: unknown; _server: unknown };

/** Takes the connection of `socket`, which goes on as TLS; as `readIntoOneBuffer` does in clear. */
export const secured = (socket: Socket, parts: Omit<TlsSocketParts, 'parent'>): TlsSocket => {
  const from = socket as unknown as Innards;
  const own = new TlsSocket({ ...parts, parent: from._handle as ParentHandle });
  (own as unknown as Innards)._server = from._server;
  from._handle = null;
  from._server = null;
  return own;
};
