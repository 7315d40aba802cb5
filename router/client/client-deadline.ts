import type { Engine } from '../engine.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';

/** The one timer of a client's connection, by what it is waited for. */
export class ClientDeadline {
  readonly #engine: Engine;
  readonly #timer: Timer;
  #hasPeerEnded = false;

  constructor(engine: Engine, owner: TimerOwner) {
    this.#engine = engine;
    this.#timer = new Timer(owner);
  }

  /** For the next request. */
  idle(): void {
    this.#engine.wheel.start(this.#timer, this.#engine.options.clientIdleMs);
  }

  /** For the rest of a head. */
  head(): void {
    this.#engine.wheel.start(this.#timer, this.#engine.options.requestHeadTimeoutMs);
  }

  /** For any progress. */
  stall(timeoutMs = this.#engine.options.stallTimeoutMs): void {
    this.#engine.wheel.start(this.#timer, timeoutMs);
  }

  /** For the client's own end. */
  linger(): void {
    this.#engine.wheel.start(this.#timer, this.#engine.options.lingerMs);
  }

  /** Nothing is due. A client that has ended may have gone altogether: what it still gets must go on moving. */
  stop(): void {
    if (this.#hasPeerEnded) this.stall();
    else this.#engine.wheel.stop(this.#timer);
  }

  onPeerEnd(): void {
    this.#hasPeerEnded = true;
    this.stall();
  }

  remove(): void {
    this.#engine.wheel.remove(this.#timer);
  }
}
