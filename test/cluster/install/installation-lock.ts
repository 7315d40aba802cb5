import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pid } from 'node:process';

const isAlive = (other: number): boolean => {
  try {
    process.kill(other, 0);
    return true;
  } catch {
    return false;
  }
};

const holderOf = async (file: string): Promise<number> => Number(await readFile(file, 'utf8'));

/**
 * Does the work unless another process is at it in the same folder: two would build into one another's files. Returns
 * null, or the process id of the other. A lock whose process is gone is taken over.
 */
export const withLock = async (file: string, work: () => Promise<void>): Promise<number | null> => {
  await mkdir(dirname(file), { recursive: true });
  if (existsSync(file) && !isAlive(await holderOf(file))) await rm(file, { force: true });
  try {
    await writeFile(file, `${pid}`, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return holderOf(file);
  }
  try {
    await work();
  } finally {
    await rm(file, { force: true });
  }
  return null;
};
