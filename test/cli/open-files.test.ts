import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { openFileLimit, openFilesWarning, ownOpenFileLimit } from '../../src/cli/open-files.ts';
import { SLUICE_MAIN } from '../helpers/run-sluice.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             1000                 1000                 processes
Max open files            1024                 524288               files
Max locked memory         8388608              8388608              bytes
`;

test('the soft limit is read off /proc/self/limits', t => {
  t.is(openFileLimit(LIMITS), 1024);
  t.is(openFileLimit(LIMITS.replace(/1024 /, 'unlimited ')), null);
  t.is(openFileLimit(''), null);
});

test('this process has a limit that may have connections, or none', t => {
  const limit = ownOpenFileLimit();
  t.true(limit === null || limit > 0);
});

test('nothing is said where each connection may have its two files', t => {
  t.is(openFilesWarning(20_000, 10_000), null);
  t.is(openFilesWarning(null, 10_000), null);
});

test('a limit that is too low is told with the numbers, and with two ways out', t => {
  t.is(
    openFilesWarning(1_024, 10_000),
    'warning: each worker may open 1024 files, but 10000 connections need 20100 (one to the client and one to a pod for each): raise the limit (`ulimit -n 20100` in a shell, LimitNOFILE= of systemd, the limit of the container runtime), or take fewer with --max-connections 462.',
  );
  t.is(openFilesWarning(1_024, 462), null);
});

test('what is advised is a number that the flag takes, however low the limit', t => {
  t.regex(openFilesWarning(64, 10_000) ?? '', /--max-connections 1\.$/);
});

const onLinux = ownOpenFileLimit() === null ? test.skip : test;

onLinux('sluice up warns before it does anything else', async t => {
  const command = `ulimit -n 500; exec '${process.execPath}' '${SLUICE_MAIN}' up --admin-port off -f /no/such/folder`;
  const failed = await t.throwsAsync(promisify(execFile)('sh', ['-c', command]));
  const lines = String((failed as Error & { readonly stderr?: string }).stderr).split('\n');
  t.regex(lines[0] ?? '', /^warning: each worker may open 500 files, but 10000 connections need 20100 /);
  t.regex(lines[1] ?? '', /no such/);
});
