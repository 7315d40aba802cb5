import type { EngineOptions } from '../engine.ts';
import type { ResponseHead } from '../http1/response-head.ts';

/** How long one upstream connection may be kept: what its peer said last, and how much it has done already. */
export class ConnectionLife {
  /** How long it may stand idle after the answer in hand. */
  idleMs = 0;
  readonly #options: EngineOptions;
  readonly #bornMs: number;
  #requests = 0;
  #keepsAlive = false;

  constructor(options: EngineOptions, nowMs: number) {
    this.#options = options;
    this.#bornMs = nowMs;
  }

  countRequest(): void {
    this.#requests += 1;
  }

  /** Takes from the answer's head what it says of the connection (RFC 9112 9.3). */
  read(head: ResponseHead, isUntilClose: boolean): void {
    this.#keepsAlive = head.keepsAlive && !isUntilClose;
    this.idleMs =
      head.keepAliveSeconds === -1 ? this.#options.upstreamIdleMs : (head.keepAliveSeconds - 1) * 1000;
  }

  /** Asked once its answer is complete. */
  goesOn(nowMs: number): boolean {
    const { upstreamLifetimeMs, maxRequestsPerUpstream } = this.#options;
    return (
      this.#keepsAlive &&
      this.idleMs > 0 &&
      (maxRequestsPerUpstream === 0 || this.#requests < maxRequestsPerUpstream) &&
      (upstreamLifetimeMs === 0 || nowMs - this.#bornMs < upstreamLifetimeMs)
    );
  }
}
