import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, '': 1_000, s: 1_000, m: 60_000 };

/** A day: longer than anybody waits, and well below what a timer of Node can hold. */
const MAX_MS = 86_400_000;

/**
 * Milliseconds of `20s`, `500ms`, `2m`; a bare number is in seconds.
 * @throws InvalidArgumentError, which commander prints
 */
export const readDuration = (text: string): number => {
  const [, digits = '', unit = ''] = /^(\d{1,8})(ms|s|m)?$/.exec(text) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0);
  if (digits !== '' && ms <= MAX_MS) return ms;
  throw new InvalidArgumentError('Write a time such as 20s, 500ms or 2m, a day at most.');
};

/** As a person would say it: `20 s`, `500 ms`. */
export const durationText = (ms: number): string => (ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`);
