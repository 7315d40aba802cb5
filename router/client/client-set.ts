import type { Socket } from 'node:net';
import type { Engine } from '../engine.ts';
import type { TlsTermination } from '../tls/termination.ts';
import { ClientConnection } from './client-connection.ts';
import { ClientGreeting, type Greeted } from './client-greeting.ts';
import { ClientHandshake, type HandshakeParts, type OnHandshake } from './client-handshake.ts';
import { type Arrival, endsOf } from './client-peer.ts';
import { readIntoOneBuffer } from './client-socket.ts';
import { ConnectionLimit } from './connection-limit.ts';
import { Http2Connection } from './http2/http2-connection.ts';
import { UnknownProtocol } from './http2/unknown-protocol.ts';

/** A client, as far as a stop has to do with it. */
interface Member {
  /** The engine has begun to drain. */
  beginDrain?(): void;
  /** Ends as soon as nothing runs. */
  drain(): void;
  /** There is no more time. */
  leave(): void;
}

/** Whoever goes on with a connection of which something has been read already. */
type Taker = { take(bytes: Buffer): void };

/** The clients of one listener, so that a stop can find and await them. */
export class ClientSet {
  readonly #engine: Engine;
  readonly #limit: ConnectionLimit;
  readonly #connections = new Set<Member>();
  #onEmpty: (() => void) | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#limit = new ConnectionLimit(engine);
    engine.clientSets.push(this);
  }

  get size(): number {
    return this.#connections.size;
  }

  accept(accepted: Socket): void {
    // Reset before it was accepted: there is nobody to talk to.
    if (accepted.remoteAddress === undefined) {
      accepted.on('error', () => undefined);
      accepted.destroy();
      return;
    }
    const socket = readIntoOneBuffer(accepted, this.#engine);
    const ends = endsOf(socket);
    const isGreeted = this.#engine.options.proxyProtocol;
    if (isGreeted && !this.#engine.isTrusted(ends.remoteAddress)) this.#refuse(socket);
    else if (this.#limit.isReached()) this.#limit.shed(socket);
    else if (isGreeted) {
      this.#greet(socket, ({ ends: told, rest }) => {
        const connection = this.#serve({ socket, ends: told ?? ends, tls: null });
        if (rest.length > 0) connection.take(rest);
      });
    } else this.#serve({ socket, ends, tls: null });
  }

  /** As `accept`, but for the handshake before the first request. */
  acceptTls(accepted: Socket, termination: TlsTermination): void {
    if (accepted.remoteAddress === undefined) {
      accepted.on('error', () => undefined);
      accepted.destroy();
      return;
    }
    const engine = this.#engine;
    // What the client reached is the port in front of this one, if any.
    const ends = { ...endsOf(accepted), localPort: engine.https.publicPort() };
    const isGreeted = engine.options.proxyProtocol;
    if (isGreeted && !engine.isTrusted(ends.remoteAddress)) this.#refuse(accepted);
    // An answer would cost the handshake, which is more than all that a flood in clear can ask for.
    else if (this.#limit.isReached()) this.#limit.reset(accepted);
    else if (isGreeted) {
      const socket = readIntoOneBuffer(accepted, engine);
      this.#greet(socket, ({ ends: told, rest }) => {
        this.#shakeHands({ engine, termination, ends: told ?? ends }, socket, rest);
      });
    } else this.#shakeHands({ engine, termination, ends }, accepted, null);
  }

  /** Lets go of those that wait for the answer that there is no room. */
  destroy(): void {
    this.#limit.destroy();
  }

  #serve(arrival: Arrival): Taker {
    return this.#engine.options.h2c ? this.#serveEither(arrival) : this.#serveHttp1(arrival);
  }

  #serveHttp1(arrival: Arrival): Taker {
    return this.#add(new ClientConnection(this.#engine, arrival, gone => this.#remove(gone)));
  }

  #serveHttp2(arrival: Arrival): Taker {
    return this.#add(new Http2Connection(this.#engine, arrival, gone => this.#remove(gone)));
  }

  /** What it speaks shows with its first bytes. */
  #serveEither(arrival: Arrival): Taker {
    const unknown = new UnknownProtocol(this.#engine, arrival.socket, spoken => {
      if (spoken !== null) {
        const connection =
          spoken.protocol === 'http2' ? this.#serveHttp2(arrival) : this.#serveHttp1(arrival);
        connection.take(spoken.bytes);
      }
      this.#remove(unknown);
    });
    return this.#add(unknown);
  }

  #add<T extends Member>(member: T): T {
    this.#connections.add(member);
    return member;
  }

  /** Only a trusted proxy may say who somebody else is. */
  #refuse(socket: Socket): void {
    this.#engine.counters.add('proxy_protocol_refused');
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  }

  #greet(socket: Socket, onGreeted: (greeted: Greeted) => void): void {
    const greeting = new ClientGreeting(this.#engine, socket, greeted => {
      if (greeted === null) {
        this.#remove(greeting);
        return;
      }
      onGreeted(greeted);
      this.#connections.delete(greeting);
    });
    this.#connections.add(greeting);
  }

  /** `read`: what was read of the socket before. */
  #shakeHands(parts: HandshakeParts, socket: Socket, read: Buffer | null): void {
    this.#add(new ClientHandshake(parts, socket, this.#onHandshake)).begin(read);
  }

  readonly #onHandshake: OnHandshake = (handshake, tls) => {
    if (tls !== null) {
      const { socket, ends } = handshake;
      if (tls.protocol === 'h2') this.#serveHttp2({ socket, ends, tls });
      else this.#serveHttp1({ socket, ends, tls });
    }
    this.#remove(handshake);
  };

  #remove(gone: Member): void {
    this.#connections.delete(gone);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  /**
   * Resolves when the last client has gone. A connection between two requests is left open for `idleMs`: its
   * next request may be on its way, and a close that crosses it is an error at the client (R2, R3). Answers
   * say `Connection: close` meanwhile, so busy clients leave by themselves. After `timeoutMs` what still runs is cut, but
   * for WebSockets: they are told, and have a moment to end.
   */
  async drained({
    idleMs,
    timeoutMs,
  }: {
    readonly idleMs: number;
    readonly timeoutMs: number;
  }): Promise<void> {
    if (this.#connections.size === 0) return;
    for (const connection of this.#connections) connection.beginDrain?.();
    const closeIdle = (): void => {
      for (const connection of this.#connections) connection.drain();
    };
    const leave = (): void => {
      for (const connection of this.#connections) connection.leave();
    };
    await new Promise<void>(resolve => {
      const timers = [
        setTimeout(closeIdle, idleMs),
        setTimeout(leave, timeoutMs),
        setTimeout(leave, timeoutMs + this.#engine.options.lingerMs),
      ];
      this.#onEmpty = () => {
        for (const timer of timers) clearTimeout(timer);
        resolve();
      };
    });
  }
}
