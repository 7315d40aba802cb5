import { InvalidArgumentError } from 'commander';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Looks are 5 s apart; what lives for less is renewed without end. */
const LEAST_MS = 60_000;

/** Ten years: what holds for longer outlives whoever knows of it. */
const MOST_MS = 3_650 * 86_400_000;

/**
 * Milliseconds of `90d`, `12h`, `30m`, `90s`; the unit has to be there, since nobody thinks of certificates in seconds.
 * @throws InvalidArgumentError, which commander prints
 */
export const readLifetime = (text: string): number => {
  const [, digits = '', letter] = /^(\d{1,9})([dhms])$/.exec(text) ?? [];
  const unitMs = UNITS.find(([unit]) => unit === letter)?.[1] ?? 0;
  const ms = Number(digits) * unitMs;
  if (ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new InvalidArgumentError('Write a time such as 90d or 12h, from 60s to 3650d.');
};

/** As it would be written: `90d`, `36h`; cut to whole seconds. */
export const lifetimeText = (ms: number): string => {
  const wholeMs = Math.floor(ms / 1_000) * 1_000;
  const [unit, unitMs] = UNITS.find(([, length]) => wholeMs >= length && wholeMs % length === 0) ?? [
    's',
    1_000,
  ];
  return `${wholeMs / unitMs}${unit}`;
};
