import test from 'ava';
import { InvalidArgumentError } from 'commander';
import { lifetimeText, readLifetime } from '../../src/cli/lifetime.ts';

const lifetimes = test.macro({
  exec(t, text: string, ms: number | null) {
    if (ms === null) t.throws(() => readLifetime(text), { instanceOf: InvalidArgumentError });
    else t.deepEqual([readLifetime(text), lifetimeText(ms)], [ms, text]);
  },
  title: (_, text, ms) => `${JSON.stringify(text)} is ${ms === null ? 'no lifetime' : `${ms} ms`}`,
});

test(lifetimes, '90d', 7_776_000_000);
test(lifetimes, '36h', 129_600_000);
test(lifetimes, '90m', 5_400_000);
test(lifetimes, '61s', 61_000);
test(lifetimes, '3650d', 315_360_000_000);
for (const text of ['', '90', '59s', '3651d', '999999999d', '1.5d', '-1d', '1y', '90 d', '٣d'])
  test(lifetimes, text, null);

test('what is no whole second is cut', t => {
  t.is(lifetimeText(61_999), '61s');
  t.is(lifetimeText(0), '0s');
});
