import type { Socket } from 'node:net';
import type { Engine } from '../engine.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';
import { type AcceptedTls, acceptTls } from '../tls/accept-tls.ts';
import { handshakeFailureOf } from '../tls/handshake-failure.ts';
import type { HandshakeOwner, TlsTermination } from '../tls/termination.ts';
import type { TlsFacts } from '../tls/tls-facts.ts';
import type { ConnectionEnds } from './proxy-protocol.ts';

/** What is told of a handshake: facts where it succeeded, null where the connection has ended. */
export type OnHandshake = (handshake: ClientHandshake, facts: TlsFacts | null) => void;

export type HandshakeParts = {
  readonly engine: Engine;
  readonly termination: TlsTermination;
  readonly ends: ConnectionEnds;
};

/** A TLS connection until both ends have agreed; it has as long for that as for a request's head. */
export class ClientHandshake implements HandshakeOwner, TimerOwner {
  readonly ends: ConnectionEnds;
  readonly #accepted: AcceptedTls;
  readonly #engine: Engine;
  readonly #timer: Timer;
  readonly #onDone: OnHandshake;
  #isTooSlow = false;

  constructor({ engine, termination, ends }: HandshakeParts, accepted: Socket, onDone: OnHandshake) {
    this.#engine = engine;
    this.ends = ends;
    this.#onDone = onDone;
    this.#timer = new Timer(this);
    engine.wheel.start(this.#timer, engine.options.requestHeadTimeoutMs);
    this.#accepted = acceptTls(accepted, { engine, termination, owner: this });
  }

  get socket(): EngineSocket {
    return this.#accepted.socket;
  }

  /** `read` is what was read of the connection before. */
  begin(read: Buffer | null): void {
    this.#accepted.begin(read);
  }

  onSecure(facts: TlsFacts, isResumed: boolean): void {
    const { wheel, counters } = this.#engine;
    wheel.remove(this.#timer);
    counters.add(isResumed ? 'tls_resumed' : 'tls_new');
    this.#onDone(this, facts);
  }

  onHandshakeFailed(error: Error | null): void {
    this.#engine.wheel.remove(this.#timer);
    this.#engine.counters.add(`tls_failed_${this.#isTooSlow ? 'timeout' : handshakeFailureOf(error)}`);
    this.#onDone(this, null);
  }

  onTimer(): void {
    this.#isTooSlow = true;
    this.socket.destroy();
  }

  /** No request has been read: the engine is draining. */
  drain(): void {
    this.leave();
  }

  leave(): void {
    this.socket.destroy();
  }
}
