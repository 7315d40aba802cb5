import type { StreamExchange } from './stream-exchange.ts';

/** As many as a browser asks for at once, and some 200 µs of work. */
const STARTS_A_TURN = 8;

/**
 * So many requests of one connection begin in one turn of the event loop, and the others in the next ones, in their order.
 * One read can hold a hundred: whoever shares the worker with such a client would wait for all of them, again and again.
 */
export class StreamStarts {
  #left = STARTS_A_TURN;
  readonly #waiting: StreamExchange[] = [];

  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Starts it, now or when its turn has come. */
  add(exchange: StreamExchange): void {
    if (this.#left === 0) {
      this.#waiting.push(exchange);
      return;
    }
    this.#left -= 1;
    exchange.start();
  }

  /** The turn is over: those that wait are the first of the next one. */
  nextTurn(): void {
    this.#left = STARTS_A_TURN;
    while (this.#left > 0) {
      const exchange = this.#waiting.shift();
      if (exchange === undefined) return;
      // One that was given up meanwhile costs nothing.
      if (exchange.start()) this.#left -= 1;
    }
  }
}
