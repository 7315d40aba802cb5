import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where images are kept: outside the checkout, and apart from the images of the machine. */
export const IMAGE_CACHE =
  process.env.SLUICE_IMAGE_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice-image');

/** No engine, no overlay file system, no user namespace: what works in a plain container (DESIGN 13). */
const STORE = [
  '--root',
  join(IMAGE_CACHE, 'storage'),
  '--runroot',
  join(IMAGE_CACHE, 'run'),
  '--storage-driver',
  'vfs',
];

export const buildahCommand = (args: readonly string[]): readonly string[] => ['buildah', ...STORE, ...args];

/** Runs buildah; rejects with what it said. `show` passes its output on as it comes. */
export const buildah = (args: readonly string[], show = false): Promise<string> =>
  new Promise((resolve, reject) => {
    const [program = '', ...rest] = buildahCommand(args);
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      stdout += bytes.toString();
      if (show) process.stderr.write(bytes);
    });
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (show) process.stderr.write(bytes);
    });
    child.on('error', error => {
      const isAbsent = 'code' in error && error.code === 'ENOENT';
      reject(isAbsent ? new Error('buildah is not installed: apt-get install buildah') : error);
    });
    child.on('close', code => {
      if (code === 0) resolve(stdout);
      else
        reject(new Error(`buildah ${args[0]} ended with ${code}: ${(said || stdout).trim().slice(-4_000)}`));
    });
  });
