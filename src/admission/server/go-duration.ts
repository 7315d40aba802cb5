const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, μs: 1e-3, ns: 1e-6 } as const;

const PART = /(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|μs|ns|h|m|s)/y;

const isUnit = (text: string | undefined): text is keyof typeof UNITS_MS =>
  text !== undefined && Object.hasOwn(UNITS_MS, text);

/** Longest text that is looked at; Go prints its longest duration in 21 characters. */
const MAX_LENGTH = 32;

/** Milliseconds of a duration as Go prints it (`time.Duration.String`: `3s`, `1m0s`, `1.5s`); undefined: it is none, or negative. */
export const goDurationMs = (text: string): number | undefined => {
  if (text === '0') return 0;
  if (text === '' || text.length > MAX_LENGTH) return undefined;
  let sum = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const [, number, unit] = PART.exec(text) ?? [];
    if (number === undefined || !isUnit(unit)) return undefined;
    sum += Number(number) * UNITS_MS[unit];
  }
  return sum;
};
