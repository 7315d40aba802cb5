import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

/** A new folder that is gone when the test has ended. */
export const tempFolder = async (t: ExecutionContext): Promise<string> => {
  // Real path: the temporary folder of macOS is a symbolic link.
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'sluice-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
