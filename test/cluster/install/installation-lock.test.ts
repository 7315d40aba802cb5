import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import test from 'ava';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { withLock } from './installation-lock.ts';

test('only one works at a time, and the next one after it', async t => {
  const file = join(await tempFolder(t), 'oldest', 'lock');
  const done: string[] = [];
  const first = await withLock(file, async () => {
    const second = await withLock(file, async () => {
      done.push('second');
    });
    t.is(second, pid);
    done.push('first');
  });
  t.is(first, null);
  t.is(await withLock(file, async () => void done.push('third')), null);
  t.deepEqual(done, ['first', 'third']);
});

test('the lock of a process that is gone is taken over', async t => {
  const file = join(await tempFolder(t), 'lock');
  await writeFile(file, execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }));
  t.is(await withLock(file, async () => void t.pass()), null);
});

test('work that fails holds the lock no longer', async t => {
  const file = join(await tempFolder(t), 'lock');
  await t.throwsAsync(
    withLock(file, async () => {
      throw new Error('no disk');
    }),
    { message: 'no disk' },
  );
  t.is(await withLock(file, async () => void t.pass()), null);
});
