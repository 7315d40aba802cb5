import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const portablePath = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

const TSC = portablePath('../../node_modules/.bin/tsc');

/** Node flags for our process alone: `SLUICE_BENCH_NODE_FLAGS='--cpu-prof --cpu-prof-dir=/tmp/x' npm run bench …` profiles it. */
export const nodeFlags = (): readonly string[] =>
  (process.env.SLUICE_BENCH_NODE_FLAGS ?? '').split(' ').filter(flag => flag !== '');

/** What `npm run build` makes, and the image ships. */
export const BUILT_MAIN = portablePath('../../dist/src/cli/main.js');

/** Builds this checkout: what is measured is what people run, without the code that strips types from sources. */
export const build = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const arguments_ = ['--project', 'tsconfig.build.json'];
    execFile(TSC, arguments_, { cwd: portablePath('../..') }, (error, stdout) => {
      if (error === null) resolve();
      else reject(new Error(`this checkout cannot be built: ${stdout || error.message}`));
    });
  });
