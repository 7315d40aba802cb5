import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import { FairTurns, SMALL_READ_BYTES, TURN_BYTES, type TurnTaker } from '../../../router/tcp/fair-turns.ts';

const READ_BYTES = 49_152;

/** A stream that has always more to read, and reads in every turn of its own until it has to wait. */
class Stream implements TurnTaker {
  readonly #turns: FairTurns;
  readonly #total: number;
  bytes = 0;
  isWaiting = false;

  constructor(turns: FairTurns, total: number) {
    this.#turns = turns;
    this.#total = total;
  }

  read(): void {
    while (!this.isWaiting && this.bytes < this.#total) {
      this.bytes += READ_BYTES;
      this.isWaiting = this.#turns.mustWait(READ_BYTES, this);
    }
  }

  takeTurn(): void {
    this.isWaiting = false;
    this.read();
  }
}

test('one stream reads no more in a turn than its share, and goes on in the next', async t => {
  const stream = new Stream(new FairTurns(), 4 * TURN_BYTES);
  stream.read();
  t.true(stream.bytes >= TURN_BYTES && stream.bytes < TURN_BYTES + READ_BYTES);
  let turns = 1;
  for (; stream.bytes < 4 * TURN_BYTES; turns += 1) await setImmediate();
  // A turn ends behind the read that fills it.
  t.true(turns >= (4 * TURN_BYTES) / (TURN_BYTES + READ_BYTES), `${turns} turns`);
});

test('however many streams there are, a turn is bounded, and all come to their turns', async t => {
  const turns = new FairTurns();
  const streams = Array.from({ length: 50 }, () => new Stream(turns, 10 * READ_BYTES));
  const read = (): number => streams.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const stream of streams) stream.read();
  let before = read();
  let most = 0;
  while (streams.some(({ bytes }) => bytes < 10 * READ_BYTES)) {
    await setImmediate();
    most = Math.max(most, read() - before);
    before = read();
    const waiting = streams.filter(({ isWaiting }) => isWaiting).map(({ bytes }) => bytes);
    if (waiting.length === streams.length)
      t.true(Math.max(...waiting) - Math.min(...waiting) <= 2 * (TURN_BYTES + READ_BYTES));
  }
  t.true(most <= TURN_BYTES + 2 * READ_BYTES, `${most} bytes in one turn`);
});

test('a question or an answer never waits', t => {
  const turns = new FairTurns();
  const stream = new Stream(turns, 2 * TURN_BYTES);
  stream.read();
  t.true(stream.isWaiting);
  t.false(turns.mustWait(SMALL_READ_BYTES, stream));
});
