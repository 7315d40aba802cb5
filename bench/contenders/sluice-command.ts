import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const portablePath = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Node flags for our process alone: `SLUICE_BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/x' npm run bench …` profiles it. */
export const nodeFlags = (): readonly string[] =>
  (process.env.SLUICE_BENCH_NODE_FLAGS ?? '').split(' ').filter(flag => flag !== '');

/** What `sluice up --help` prints: flags that this checkout does not have are not given. */
export const helpText = (): Promise<string> =>
  new Promise(resolve => {
    execFile(process.execPath, [portablePath('../../src/cli/main.ts'), 'up', '--help'], (_, stdout) =>
      resolve(stdout),
    );
  });
