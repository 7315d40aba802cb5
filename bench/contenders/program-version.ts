import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE_PEERS_FOLDER } from '../cache-folder.ts';

/** The first match of `pattern` in what a program prints of itself; undefined where there is no such program. */
export const programVersion = (
  program: string,
  argument: string,
  pattern: RegExp,
): Promise<string | undefined> =>
  new Promise(resolve => {
    // wrk ends with 1 although it prints its version: what counts is what it said.
    execFile(program, [argument], { timeout: 10_000 }, (_, stdout, stderr) => {
      resolve(pattern.exec(stdout + stderr)?.[1]);
    });
  });

/** The version of a package in the folder of the Node peers. */
export const packageVersion = async (name: string): Promise<string | undefined> => {
  const manifest = await readFile(
    join(NODE_PEERS_FOLDER, 'node_modules', name, 'package.json'),
    'utf8',
  ).catch(() => undefined);
  return manifest === undefined ? undefined : (JSON.parse(manifest) as { version: string }).version;
};
