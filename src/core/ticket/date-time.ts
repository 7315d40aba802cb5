const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

/** Milliseconds since the epoch of an RFC 3339 `date-time`, undefined where the text is none; finer fractions are cut. */
export const parseDateTime = (text: string): number | undefined => {
  // The longest that somebody means has nine digits of a second.
  const parts = text.length > 64 ? null : DATE_TIME.exec(text);
  if (parts === null) return undefined;
  const [, date = '', hours, minutes, seconds, fraction = '', sign, offsetHours, offsetMinutes] = parts;
  const dayMs = Date.parse(`${date}T00:00:00Z`);
  // Date.parse reads February 30 as March 2.
  if (Number.isNaN(dayMs) || new Date(dayMs).toISOString().slice(0, 10) !== date) return undefined;
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  const [oh, om] = [Number(offsetHours ?? 0), Number(offsetMinutes ?? 0)];
  // RFC 3339 5.6: second 60 is a leap second.
  if (h > 23 || m > 59 || s > 60 || oh > 23 || om > 59) return undefined;
  const offsetMs = (sign === '-' ? -1 : 1) * (oh * HOUR_MS + om * MINUTE_MS);
  const fractionMs = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return dayMs + h * HOUR_MS + m * MINUTE_MS + s * SECOND_MS + fractionMs - offsetMs;
};
