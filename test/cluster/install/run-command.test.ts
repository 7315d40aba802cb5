import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { eventually } from '../control-plane/eventually.ts';
import { runCommand } from './run-command.ts';

test('a command that fails shows how it ended and its last lines', async t => {
  const logFile = join(await tempFolder(t), 'log', 'x.log');
  const command = ['sh', '-c', 'seq 100; echo no such suite >&2; exit 100'] as const;
  const { message = '' } = (await t.throwsAsync(runCommand({ command, timeoutMs: 60_000, logFile }))) ?? {};
  t.regex(message, /^sh -c seq 100/);
  t.regex(message, /it ended with 100; the end of .*x\.log:\n87\n(?:\d+\n)+no such suite$/);
});

test('a command that does not exist is named', async t => {
  const logFile = join(await tempFolder(t), 'x.log');
  await t.throwsAsync(runCommand({ command: ['no-such-program'], timeoutMs: 60_000, logFile }), {
    message: /^no-such-program\nspawn no-such-program ENOENT/,
  });
});

test('a command that takes too long ends with all that it started', async t => {
  const folder = await tempFolder(t);
  const logFile = join(folder, 'x.log');
  const command = ['sh', '-c', 'sleep 600 & echo $!; wait'] as const;
  await t.throwsAsync(runCommand({ command, timeoutMs: 300, logFile }), {
    message: /it took more than 0 minutes/,
  });
  const pid = Number(readFileSync(logFile, 'utf8'));
  t.true(pid > 1);
  await eventually('its child is gone', () => {
    try {
      process.kill(pid, 0);
      return null;
    } catch {
      return true;
    }
  });
});
