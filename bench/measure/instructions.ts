import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** The count in `perf stat -x,` output; undefined where it says `<not supported>` or `<not counted>`. */
export const parsePerfCount = (printed: string): number | undefined => {
  const line = printed.split('\n').find(each => /,instructions(?::\w+)?,/.test(each));
  const count = Number(line?.split(',')[0]);
  return line === undefined || Number.isNaN(count) || count === 0 ? undefined : count;
};

/** True where this machine's `perf stat` counts instructions; virtual machines often have no such counter. */
export const countsInstructions = (): boolean => {
  const { stderr, error } = spawnSync('perf', ['stat', '-x,', '-e', 'instructions', 'true'], {
    encoding: 'utf8',
  });
  return error === undefined && parsePerfCount(stderr) !== undefined;
};

/** Counts the instructions of processes until it is stopped. */
export class InstructionCount {
  readonly #perf: ChildProcess;
  #printed = '';

  constructor(pids: readonly number[]) {
    this.#perf = spawn('perf', ['stat', '-x,', '-e', 'instructions', '-p', pids.join(',')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#perf.stderr?.on('data', (bytes: Buffer) => {
      this.#printed += bytes.toString();
    });
  }

  async stop(): Promise<number | undefined> {
    const ended = once(this.#perf, 'close');
    this.#perf.kill('SIGINT');
    await ended;
    return parsePerfCount(this.#printed);
  }
}
