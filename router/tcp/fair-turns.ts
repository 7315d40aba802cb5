/** What may be read in one turn of the event loop before whoever reads much waits for the next one: some 30 µs of work. */
export const TURN_BYTES = 65_536;

/** Whoever reads no more than this at a time never waits: a question or an answer, and not a stream. */
export const SMALL_READ_BYTES = 4_096;

/** Whoever waits for its next turn. */
export interface TurnTaker {
  /** It may read again. */
  takeTurn(): void;
}

/**
 * Shares the turns of the event loop out between streams: libuv goes on reading one socket for 32 reads while there is
 * more, 1.5 MiB, and then the next one; what somebody asks meanwhile would wait behind all of them. So a turn reads a
 * bounded number of bytes of streams, however many there are; those that have read wait in a queue, and one goes on in
 * each turn: two would share its bytes, always to the disadvantage of the second.
 */
export class FairTurns {
  #left = TURN_BYTES;
  #isTurnCounted = false;
  readonly #waiting: TurnTaker[] = [];

  /** Counts what was read; true where `taker` has to wait until it is told to take its turn. */
  mustWait(count: number, taker: TurnTaker): boolean {
    if (!this.#isTurnCounted) {
      this.#isTurnCounted = true;
      setImmediate(this.#nextTurn);
    }
    this.#left -= count;
    if (this.#left > 0 || count <= SMALL_READ_BYTES) return false;
    this.#waiting.push(taker);
    return true;
  }

  readonly #nextTurn = (): void => {
    this.#left = TURN_BYTES;
    const taker = this.#waiting.shift();
    this.#isTurnCounted = this.#waiting.length > 0;
    if (this.#isTurnCounted) setImmediate(this.#nextTurn);
    taker?.takeTurn();
  };
}
