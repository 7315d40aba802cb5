import { readFile } from 'node:fs/promises';

/** The process id that a server wrote to its own pid file. */
export const masterPid = async (file: string): Promise<number> =>
  Number((await readFile(file, 'utf8')).trim());

export const signalWhenRunning = (pid: number, name: NodeJS.Signals): void => {
  if (!Number.isInteger(pid) || pid < 2) throw new Error(`the pid file holds no process id: ${pid}`);
  process.kill(pid, name);
};
