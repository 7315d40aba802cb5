import type { Engine } from '../../engine.ts';
import type { EngineSocket, Reader } from '../../engine-socket.ts';
import { CLIENT_PREFACE } from '../../http2/frame.ts';
import { Timer, type TimerOwner } from '../../timer-wheel.ts';

/** What a connection turned out to speak, and what it has said so far. */
export type Spoken = { readonly protocol: 'http1' | 'http2'; readonly bytes: Buffer };

/**
 * A connection in clear that may speak either: HTTP/2 by prior knowledge begins with its preface, which is no HTTP/1.1
 * request (RFC 9113 3.3 and 3.4). Nearly always the first read tells.
 */
export class UnknownProtocol implements Reader, TimerOwner {
  readonly #engine: Engine;
  readonly #socket: EngineSocket;
  readonly #timer: Timer;
  readonly #onSpoken: (spoken: Spoken | null) => void;
  #held: Buffer = Buffer.alloc(0);

  /** `onSpoken` is told null where the connection ended instead. */
  constructor(engine: Engine, socket: EngineSocket, onSpoken: (spoken: Spoken | null) => void) {
    this.#engine = engine;
    this.#socket = socket;
    this.#onSpoken = onSpoken;
    this.#timer = new Timer(this);
    engine.wheel.start(this.#timer, engine.options.clientIdleMs);
    socket.on('end', this.#leave);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    socket.readTo(this);
    socket.wire.readUnless(false);
  }

  onTimer(): void {
    this.leave();
  }

  /** No request has been read: the engine is draining. */
  drain(): void {
    this.leave();
  }

  leave(): void {
    this.#socket.destroy();
  }

  onRead(count: number): void {
    this.take(this.#engine.readBuffer.subarray(0, count));
  }

  take(bytes: Buffer): void {
    this.#held = Buffer.concat([this.#held, bytes]);
    const seen = Math.min(this.#held.length, CLIENT_PREFACE.length);
    const isPreface = this.#held.subarray(0, seen).equals(CLIENT_PREFACE.subarray(0, seen));
    if (isPreface && seen < CLIENT_PREFACE.length) {
      this.#engine.wheel.start(this.#timer, this.#engine.options.requestHeadTimeoutMs);
      return;
    }
    this.#letGo();
    this.#onSpoken({ protocol: isPreface ? 'http2' : 'http1', bytes: this.#held });
  }

  readonly #leave = (): void => {
    this.#socket.end();
  };

  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => {
    this.#letGo();
    this.#onSpoken(null);
  };

  /** The next owner of the socket listens itself. */
  #letGo(): void {
    this.#engine.wheel.remove(this.#timer);
    this.#socket.off('end', this.#leave);
    this.#socket.off('close', this.#onClose);
  }
}
