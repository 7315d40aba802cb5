/** Somebody who has something left to do when all that could be read in this turn has been. */
export interface TurnEnder {
  onTurnEnd(): void;
}

/**
 * Who is told of the end of a turn of the event loop: what the answers of several streams bring to one connection in one
 * turn then goes out in one write, and who has asked much goes on. `setImmediate` comes right behind all sockets that could
 * be read.
 */
export class TurnQueue {
  readonly #onBug: (message: string, error: unknown) => void;
  #waiting: TurnEnder[] = [];
  #spare: TurnEnder[] = [];

  constructor(onBug: (message: string, error: unknown) => void) {
    this.#onBug = onBug;
  }

  /** Each is to add itself once until it is told. */
  add(ender: TurnEnder): void {
    if (this.#waiting.length === 0) setImmediate(this.#run);
    this.#waiting.push(ender);
  }

  readonly #run = (): void => {
    const due = this.#waiting;
    this.#waiting = this.#spare;
    this.#spare = due;
    for (let at = 0; at < due.length; at += 1) {
      try {
        due[at]?.onTurnEnd();
      } catch (error) {
        this.#onBug('a bug at the end of a turn', error);
      }
    }
    due.length = 0;
  };
}
