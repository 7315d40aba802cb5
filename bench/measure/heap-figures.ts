import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { portablePath } from '../contenders/sluice-command.ts';

export const HEAP_FOLDER_VARIABLE = 'SLUICE_BENCH_HEAP_FOLDER';

const ANSWER_MS = 5_000;

/** Has every Node process below the one that gets it answer to SIGUSR2 with its heap. */
export const heapReportEnv = (folder: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=${pathToFileURL(portablePath('../measure/heap-report.ts'))}`,
  [HEAP_FOLDER_VARIABLE]: folder,
});

/** What is in use after a collection: V8's objects, and what Node holds outside of V8's heap on their behalf. */
export type HeapFigures = { readonly heapUsed: number; readonly external: number };

/** Asks one process; undefined where it does not answer. Only for those that were started with `heapReportEnv`: the signal ends others. */
export const heapOf = async (pid: number, folder: string): Promise<HeapFigures | undefined> => {
  const file = join(folder, `${pid}.json`);
  await rm(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  for (let waitedMs = 0; waitedMs < ANSWER_MS; waitedMs += 50) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) {
      const { heapUsed, external } = JSON.parse(text) as HeapFigures;
      return { heapUsed, external };
    }
    await wait(50);
  }
  return undefined;
};
