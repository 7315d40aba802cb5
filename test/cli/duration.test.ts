import test from 'ava';
import { InvalidArgumentError } from 'commander';
import { durationText, readDuration } from '../../src/cli/duration.ts';

const durations = test.macro({
  exec(t, text: string, ms: number | null) {
    if (ms === null) t.throws(() => readDuration(text), { instanceOf: InvalidArgumentError });
    else t.is(readDuration(text), ms);
  },
  title: (_, text, ms) => `${JSON.stringify(text)} is ${ms === null ? 'no time' : `${ms} ms`}`,
});

test(durations, '0', 0);
test(durations, '20', 20_000);
test(durations, '20s', 20_000);
test(durations, '500ms', 500);
test(durations, '2m', 120_000);
test(durations, '1440m', 86_400_000);
for (const text of ['', 's', '-1s', '1.5s', '1h', '20 s', '1441m', '999999999s', '1e3', '٣s'])
  test(durations, text, null);

test('times are said as a person would', t => {
  t.is(durationText(0), '0 s');
  t.is(durationText(20_000), '20 s');
  t.is(durationText(1_500), '1500 ms');
});
