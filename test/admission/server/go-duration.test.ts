import test from 'ava';
import { goDurationMs } from '../../../src/admission/server/go-duration.ts';

const reads = test.macro({
  exec(t, text: string, expected: number | undefined) {
    t.is(goDurationMs(text), expected);
  },
  title: (_, text, expected) =>
    `${JSON.stringify(text)} is ${expected === undefined ? 'no duration' : `${expected} ms`}`,
});

test(reads, '3s', 3000);
test(reads, '30s', 30_000);
test(reads, '1m0s', 60_000);
test(reads, '1h2m3.5s', 3_723_500);
test(reads, '1.5s', 1500);
test(reads, '.5s', 500);
test(reads, '300ms', 300);
test(reads, '250µs', 0.25);
test(reads, '0', 0);
test(reads, '0s', 0);
test(reads, '', undefined);
test(reads, '3', undefined);
test(reads, '-3s', undefined);
test(reads, '3 s', undefined);
test(reads, '3d', undefined);
test(reads, '3s!', undefined);
test(reads, 's', undefined);
test(reads, `${'9'.repeat(40)}s`, undefined);
