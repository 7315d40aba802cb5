/** Somebody who has collected what it will write. */
export interface Flushable {
  flush(): void;
}

/**
 * Those whose frames wait, written at the end of the loop's turn: what the answers of several streams bring to one
 * connection in one turn goes out in one write. `setImmediate` comes right behind all sockets that could be read.
 */
export class FlushQueue {
  readonly #onBug: (message: string, error: unknown) => void;
  #waiting: Flushable[] = [];
  #spare: Flushable[] = [];

  constructor(onBug: (message: string, error: unknown) => void) {
    this.#onBug = onBug;
  }

  /** Each is to add itself once until it is flushed. */
  add(flushable: Flushable): void {
    if (this.#waiting.length === 0) setImmediate(this.#run);
    this.#waiting.push(flushable);
  }

  readonly #run = (): void => {
    const due = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = due;
    for (let at = 0; at < due.length; at += 1) {
      try {
        due[at]?.flush();
      } catch (error) {
        this.#onBug('a bug in the writing of frames', error);
      }
    }
    due.length = 0;
  };
}
