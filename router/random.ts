import { randomFillSync } from 'node:crypto';

/**
 * Random bytes are fetched 4 KiB at a time: one call of the generator costs about as much as a request's
 * whole routing decision, a word from the batch costs an array read. It is the cryptographic generator
 * because minted cookie ids and request ids should not be guessable from draws that a client can observe.
 */
const words = new Uint32Array(1024);
const bytes = Buffer.from(words.buffer);
let next = words.length;

const refill = (): void => {
  randomFillSync(words);
  next = 0;
};

/** A random 32-bit unsigned integer. */
export const draw32 = (): number => {
  if (next >= words.length) refill();
  const word = words[next] ?? 0;
  next += 1;
  return word;
};

/** 32 ids at a time: converting each by itself costs a third more (bench/micro/small-steps.ts), and what an id keeps alive is 1 KiB. */
const ID_BATCH_WORDS = 128;
const ID_DIGITS = 32;
let digits = '';
let nextDigit = 0;

const refillDigits = (): void => {
  if (next + ID_BATCH_WORDS > words.length) refill();
  digits = bytes.toString('hex', next * 4, (next + ID_BATCH_WORDS) * 4);
  next += ID_BATCH_WORDS;
  nextDigit = 0;
};

/** 128 random bits as 32 hex digits: request ids and sticky cookie ids. */
export const randomId = (): string => {
  if (nextDigit === digits.length) refillDigits();
  const start = nextDigit;
  nextDigit += ID_DIGITS;
  return digits.slice(start, nextDigit);
};
