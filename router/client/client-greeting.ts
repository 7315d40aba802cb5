import type { Socket } from 'node:net';
import type { Engine } from '../engine.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';
import { type ConnectionEnds, readProxyHeader } from './proxy-protocol.ts';

/** What is told of a connection whose PROXY header has been read. */
export type Greeted = {
  /** Null: the socket's own. */
  readonly ends: ConnectionEnds | null;
  /** What came behind the header. */
  readonly rest: Buffer;
};

/**
 * A connection whose PROXY header is still to come (DESIGN 7). Once the protocol is switched on the header
 * is required: a connection without one would be a client that chooses its own address. Whatever goes wrong
 * is a reset: the other side is a proxy, and no HTTP has been spoken yet.
 */
export class ClientGreeting implements TimerOwner {
  readonly #engine: Engine;
  readonly #socket: Socket;
  readonly #timer: Timer;
  readonly #onGreeted: (greeted: Greeted | null) => void;
  #held: Buffer = Buffer.alloc(0);

  /** `onGreeted` is told null where the connection ended instead. */
  constructor(engine: Engine, socket: Socket, onGreeted: (greeted: Greeted | null) => void) {
    this.#engine = engine;
    this.#socket = socket;
    this.#onGreeted = onGreeted;
    this.#timer = new Timer(this);
    engine.wheel.start(this.#timer, engine.options.requestHeadTimeoutMs);
    socket.on('data', this.#onData);
    socket.on('end', this.#refuse);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  onTimer(): void {
    this.#refuse();
  }

  /** No request has been read: the engine is draining. */
  drain(): void {
    this.leave();
  }

  leave(): void {
    this.#socket.destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#held = Buffer.concat([this.#held, bytes]);
    const header = readProxyHeader(this.#held);
    if (header === 'partial') return;
    if (header === 'invalid') {
      this.#refuse();
      return;
    }
    this.#letGo();
    const rest = this.#held.subarray(header.length);
    this.#onGreeted({ ends: header.ends, rest });
  };

  readonly #refuse = (): void => {
    this.#engine.counters.add('proxy_protocol_refused');
    this.#socket.resetAndDestroy();
  };

  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => {
    this.#letGo();
    this.#onGreeted(null);
  };

  /** The next owner of the socket listens itself. */
  #letGo(): void {
    this.#engine.wheel.remove(this.#timer);
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#refuse);
    this.#socket.off('close', this.#onClose);
  }
}
