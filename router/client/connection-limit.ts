import type { Socket } from 'node:net';
import type { Engine } from '../engine.ts';
import { type SocketOwner, tellOwner } from '../socket-events.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';

/**
 * Connections that may wait for their 503 at a time. Past it they are reset: an answer costs an object and
 * up to `lingerMs`, a reset costs neither, and a flood must not win by being refused politely.
 */
const MAX_WAITING = 1_024;

/** More of a request than this is not read for the sake of an answer that says no. */
const MAX_READ_BYTES = 65_536;

const LOG_EVERY_MS = 10_000;

/**
 * Sheds the connections above the limit (R6): those that are open go on unharmed. The first bytes of a shed one are
 * answered with a 503 that any client and balancer understands, where a reset would look like a crash.
 */
export class ConnectionLimit {
  readonly #engine: Engine;
  readonly #waiting = new Set<ShedClient>();
  #loggedMs = Number.NEGATIVE_INFINITY;
  #shedSince = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  isReached(): boolean {
    return this.#engine.openClients >= this.#engine.options.maxConnections;
  }

  shed(socket: Socket): void {
    if (this.#waiting.size >= MAX_WAITING || this.#engine.isDraining) {
      this.reset(socket);
      return;
    }
    this.#count();
    this.#waiting.add(new ShedClient(this.#engine, socket, gone => this.#waiting.delete(gone)));
  }

  /** Sheds without a word: what speaks no HTTP in clear. */
  reset(socket: Socket): void {
    this.#count();
    socket.on('error', () => undefined);
    socket.resetAndDestroy();
  }

  destroy(): void {
    for (const client of this.#waiting) client.destroy();
  }

  /** One line for a flood, not one for each of its connections (S18). */
  #count(): void {
    this.#engine.counters.add('connections_shed');
    this.#shedSince += 1;
    const nowMs = performance.now();
    if (nowMs - this.#loggedMs < LOG_EVERY_MS) return;
    const { log, options } = this.#engine;
    log(
      `${options.maxConnections} connections are open, the limit; ${this.#shedSince} new one(s) were not taken`,
    );
    this.#loggedMs = nowMs;
    this.#shedSince = 0;
  }
}

/** A connection that gets nothing but its 503. */
class ShedClient implements SocketOwner, TimerOwner {
  readonly #engine: Engine;
  readonly #socket: Socket;
  readonly #timer: Timer;
  readonly #onGone: (client: ShedClient) => void;
  #readBytes = 0;

  constructor(engine: Engine, socket: Socket, onGone: (client: ShedClient) => void) {
    this.#engine = engine;
    this.#socket = socket;
    this.#onGone = onGone;
    this.#timer = new Timer(this);
    engine.wheel.start(this.#timer, engine.options.lingerMs);
    tellOwner(socket, this, engine.log);
  }

  /** Not before the first bytes: what comes unasked is no answer to anything (P17). */
  onBytes(bytes: Buffer): void {
    if (this.#readBytes === 0) {
      this.#socket.end(
        'HTTP/1.1 503 Service Unavailable\r\n' +
          `${this.#engine.dateLine()}Content-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n`,
        'latin1',
      );
    }
    this.#readBytes += bytes.length;
    if (this.#readBytes > MAX_READ_BYTES) this.#socket.destroy();
  }

  onDrain(): void {}

  onEnd(): void {
    this.#socket.end();
  }

  onClose(): void {
    this.#engine.wheel.remove(this.#timer);
    this.#onGone(this);
  }

  onTimer(): void {
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
