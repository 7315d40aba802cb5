import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const readOr = (path: string, otherwise: string): string =>
  existsSync(path) ? readFileSync(path, 'utf8') : otherwise;

/** A file that is made by a recipe: a stamp beside it says by which, so that a changed recipe makes it anew. */
export type Made = {
  readonly isMade: () => boolean;
  /** `make` writes to the path that it is given; the result appears under its name only when it is whole. */
  readonly make: (make: (path: string) => Promise<void>) => Promise<void>;
};

export const madeFile = (folder: string, name: string, recipe: string): Made => {
  const path = join(folder, name);
  const stamp = join(folder, '.stamps', name);
  return {
    isMade: () => existsSync(path) && readOr(stamp, '') === recipe,
    make: async make => {
      await mkdir(dirname(stamp), { recursive: true });
      await rm(stamp, { force: true });
      await make(`${path}.new`);
      await rename(`${path}.new`, path);
      await writeFile(stamp, recipe);
    },
  };
};
