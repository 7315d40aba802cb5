import test from 'ava';
import fc from 'fast-check';
import { parseDateTime } from '../../../src/core/ticket/date-time.ts';

const times = test.macro({
  exec(t, text: string, iso: string | undefined) {
    const ms = parseDateTime(text);
    t.is(ms === undefined ? undefined : new Date(ms).toISOString(), iso);
  },
  title: (_, text, iso) => `${JSON.stringify(text).slice(0, 60)} is ${iso ?? 'no RFC 3339 time'}`,
});

// RFC 3339 5.8.
test(times, '1985-04-12T23:20:50.52Z', '1985-04-12T23:20:50.520Z');
test(times, '1996-12-19T16:39:57-08:00', '1996-12-20T00:39:57.000Z');
test(times, '1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000Z');
test(times, '1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z');
test(times, '1937-01-01T12:00:27.87+00:20', '1937-01-01T11:40:27.870Z');
test(times, '2026-11-11t00:00:00z', '2026-11-11T00:00:00.000Z');
test(times, '2026-11-11T00:00:00.123456789Z', '2026-11-11T00:00:00.123Z');
test(times, '2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z');
test(times, '2026-02-29T00:00:00Z', undefined);
test(times, '2026-02-30T00:00:00Z', undefined);
test(times, '2026-13-01T00:00:00Z', undefined);
test(times, '2026-11-11', undefined);
test(times, '2026-11-11T00:00:00', undefined);
test(times, '2026-11-11 00:00:00Z', undefined);
test(times, '2026-11-11T24:00:00Z', undefined);
test(times, '2026-11-11T00:60:00Z', undefined);
test(times, '2026-11-11T00:00:61Z', undefined);
test(times, '2026-11-11T00:00:00.Z', undefined);
test(times, '2026-11-11T00:00:00+24:00', undefined);
test(times, '2026-11-11T00:00:00+0800', undefined);
test(times, '2026-11-11T00:00:00Z\n', undefined);
test(times, `2026-11-11T00:00:00.${'1'.repeat(100_000)}Z`, undefined);
test(times, 'tomorrow', undefined);
test(times, '', undefined);

test('every time that JavaScript prints in the years of RFC 3339 reads back', t => {
  const dates = fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(dates, date => {
      t.is(parseDateTime(date.toISOString()), date.getTime());
    }),
    { numRuns: 500 },
  );
});
