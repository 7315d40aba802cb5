import { join } from 'node:path';
import type { Binary } from '../versions.ts';
import { eventually } from './eventually.ts';
import { logTail, type ServerProcess, startServer } from './server-process.ts';

export type ServerName = Exclude<Binary, 'kubectl'>;

/** A loaded machine may take a while; a server that cannot start ends, and that is noticed at once. */
const START_MS = 90_000;

/** The servers of one control plane, each with a log of its own in the folder. */
export class PlaneServers {
  readonly #folder: string;
  readonly #programs: Readonly<Record<Binary, string>>;
  readonly #running = new Map<ServerName, ServerProcess>();

  constructor(programs: Readonly<Record<Binary, string>>, folder: string) {
    this.#programs = programs;
    this.#folder = folder;
  }

  start(name: ServerName, flags: readonly string[]): void {
    const folder = this.#folder;
    const logFile = join(folder, `${name}.log`);
    this.#running.set(name, startServer([this.#programs[name], ...flags], { folder, logFile }));
  }

  /** Waits until `isReady`, as long as no server has ended. */
  async ready(what: string, isReady: () => Promise<boolean>): Promise<void> {
    const dead = await eventually<ServerProcess | 'none'>(
      what,
      async () =>
        [...this.#running.values()].find(server => server.hasExited()) ?? ((await isReady()) ? 'none' : null),
      START_MS,
    );
    if (dead !== 'none') throw new Error(`${dead.name} ended before ${what}:\n${logTail(dead.logFile)}`);
  }

  async stop(name: ServerName, signal: NodeJS.Signals, graceMs: number): Promise<void> {
    await this.#running.get(name)?.stop(signal, graceMs);
    this.#running.delete(name);
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#running.values()].map(server => server.stop('SIGKILL')));
    this.#running.clear();
  }
}
