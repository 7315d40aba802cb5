import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { usageOf } from './measure/machine.ts';

const GRACE_MS = 3_000;
const KEPT_OUTPUT = 8_192;

/** One started process with the end of what it printed. */
export type Child = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly output: () => string;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // Gone in the meantime, which is what was wanted.
  }
};

/** Every process that a run started; each is ended by its pid, whatever way the run ends. */
export class Children {
  readonly #running = new Set<Child>();
  #isStopped = false;

  /** Starts `command` on one core. */
  start(core: number, command: readonly string[], options: SpawnOptions = {}): Child {
    if (this.#isStopped) throw new Error('the run is over');
    const started = spawn('taskset', ['-c', `${core}`, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own group: Ctrl-C reaches this process alone, which then ends the others in order.
      detached: true,
      ...options,
    });
    let output = '';
    const keep = (bytes: Buffer): void => {
      output = (output + bytes.toString()).slice(-KEPT_OUTPUT);
    };
    started.stdout?.on('data', keep);
    started.stderr?.on('data', keep);
    const child = { process: started, pid: started.pid ?? -1, output: () => output };
    this.#running.add(child);
    started.once('error', error => {
      output += error.message;
      this.#running.delete(child);
    });
    started.once('exit', () => this.#running.delete(child));
    return child;
  }

  /** Ends it and everything below it: politely, then not. */
  async stop(child: Child): Promise<void> {
    if (child.pid === -1) return;
    const { pids } = await usageOf(child.pid);
    signal(child.pid, 'SIGTERM');
    for (let waitedMs = 0; pids.some(isAlive) && waitedMs < GRACE_MS; waitedMs += 20) await wait(20);
    for (const pid of pids) if (isAlive(pid)) signal(pid, 'SIGKILL');
    this.#running.delete(child);
  }

  async stopAll(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#running].map(child => this.stop(child)));
  }
}

/** Runs a child to its end; all it printed on stdout, or an error that says what it complained of. */
export const finished = async (child: Child, timeoutMs: number): Promise<string> => {
  let printed = '';
  child.process.stdout?.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
  });
  const timeout = setTimeout(() => signal(child.pid, 'SIGKILL'), timeoutMs);
  const [code] = (await once(child.process, 'close')) as [number | null];
  clearTimeout(timeout);
  if (code !== 0)
    throw new Error(`${child.process.spawnargs.join(' ')} ended with ${code}: ${child.output().trim()}`);
  return printed;
};
