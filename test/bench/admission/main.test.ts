import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { CHECKOUT } from '../../helpers/run-sluice.ts';

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['bench/admission/main.ts', ...args], { cwd: CHECKOUT }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => error,
  );

test('bench:admission asks real servers and prints a table; whether it is fast is not for this test', async t => {
  const { stdout, stderr } = await run('--quick', '--few', '5', '--many', '50');
  t.is(stderr, '');
  t.regex(stdout, /^\| 5 \| \d+ \|.*\| 0 \|$/m);
  t.regex(stdout, /^\| 50 \| \d+ \|.*\| 0 \|$/m);
  t.regex(stdout, /Ratio of the medians \d+\.\d\d \(at most 1\.2\)/);
});

test('bench:admission says what is wrong with a flag', async t => {
  const { code, stderr } = await run('--rounds', '0');
  t.is(code, 2);
  t.regex(stderr, /--rounds is a whole number from 1 to 100, not "0"/);
  t.is((await run('--fast')).code, 2);
  t.regex((await run('--help')).stdout, /npm run bench:admission/);
});
