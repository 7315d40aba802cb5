import type { Engine } from '../engine.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';

/** The one timer of a client's connection, by what it is waited for. */
export class ClientDeadline extends Timer {
  readonly #engine: Engine;
  #hasPeerEnded = false;

  constructor(engine: Engine, owner: TimerOwner) {
    super(owner);
    this.#engine = engine;
  }

  /** For the next request. */
  idle(): void {
    this.#engine.wheel.start(this, this.#engine.options.clientIdleMs);
  }

  /** For the rest of a head. */
  head(): void {
    this.#engine.wheel.start(this, this.#engine.options.requestHeadTimeoutMs);
  }

  /** For any progress. */
  stall(timeoutMs = this.#engine.options.stallTimeoutMs): void {
    this.#engine.wheel.start(this, timeoutMs);
  }

  /** For the client's own end. */
  linger(): void {
    this.#engine.wheel.start(this, this.#engine.options.lingerMs);
  }

  /** Nothing is due. A client that has ended may have gone altogether: what it still gets must go on moving. */
  stop(): void {
    if (this.#hasPeerEnded) this.stall();
    else this.#engine.wheel.stop(this);
  }

  onPeerEnd(): void {
    this.#hasPeerEnded = true;
    this.stall();
  }

  remove(): void {
    this.#engine.wheel.remove(this);
  }
}
