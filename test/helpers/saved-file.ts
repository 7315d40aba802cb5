import { rename, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Saves a file as most editors do: nobody ever reads half of it, and no other file comes and goes beside it. */
export const saveAtOnce = async (file: string, text: string): Promise<void> => {
  const written = join(dirname(dirname(file)), `${basename(file)}.saving`);
  await writeFile(written, text);
  await rename(written, file);
};
