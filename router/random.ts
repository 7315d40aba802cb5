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

/** 128 random bits as 32 hex digits: request ids and sticky cookie ids. */
export const randomId = (): string => {
  if (next + 4 > words.length) refill();
  const at = next * 4;
  next += 4;
  return bytes.toString('hex', at, at + 16);
};
