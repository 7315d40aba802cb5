import type { RouteTimeouts } from '../../src/core/route-settings.ts';
import type { Engine } from '../engine.ts';
import { Timer, type TimerOwner } from '../timer-wheel.ts';

/** What a route says in place of the listener's timeouts; nothing: the listener's. */
type OfRoute = RouteTimeouts | null | undefined;

/** The one timer of a connection to an endpoint, by what it is waited for. */
export class UpstreamDeadline extends Timer {
  readonly #engine: Pick<Engine, 'wheel' | 'options'>;
  /** From one read of a body or tunnel to the next; 0: as long as it likes, or there is neither. */
  #betweenReadsMs = 0;

  constructor(engine: Pick<Engine, 'wheel' | 'options'>, owner: TimerOwner) {
    super(owner);
    this.#engine = engine;
  }

  /** For a connection, for the next request on it, or for the rest to be sent. */
  wait(timeoutMs: number): void {
    this.#betweenReadsMs = 0;
    this.#engine.wheel.start(this, timeoutMs);
  }

  /** For the answer's head, whole. */
  head(timeouts: OfRoute): void {
    this.wait(timeouts?.readMs ?? this.#engine.options.responseHeadTimeoutMs);
  }

  /** From now on for each read of a body, as nginx' `proxy_read_timeout`. */
  body(timeouts: OfRoute): void {
    this.#betweenReadsMs = timeouts?.readMs ?? this.#engine.options.stallTimeoutMs;
    this.onRead();
  }

  /** As for a body where the route says so; else a tunnel may be silent. */
  tunnel(timeouts: OfRoute): void {
    this.#betweenReadsMs = timeouts?.readMs ?? 0;
    if (this.#betweenReadsMs === 0) this.stop();
    else this.onRead();
  }

  /** Something came, or may come again after a stop. */
  onRead(): void {
    if (this.#betweenReadsMs !== 0) this.#engine.wheel.start(this, this.#betweenReadsMs);
  }

  stop(): void {
    this.#engine.wheel.stop(this);
  }

  remove(): void {
    this.#engine.wheel.remove(this);
  }
}
