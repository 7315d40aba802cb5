import type { Log } from '../engine.ts';
import type { Listener, ListeningHandle } from './listening-handle.ts';

export type PlannedPortsConfig = {
  /** @throws an error with a `code`, where the port cannot be had */
  readonly bind: (port: number) => ListeningHandle;
  readonly log: Log;
};

type LeavingPort = { readonly listener: Listener; readonly version: number };

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);

/**
 * Listening sockets that come and go with the plan's TCP ports. One that cannot be had is said and tried again: it is
 * no reason to stop what else is served. One that is not wanted any more is kept until no worker listens on it, so
 * that it can be had again at any moment.
 */
export class PlannedPorts {
  readonly #config: PlannedPortsConfig;
  #wanted: readonly number[] = [];
  readonly #bound = new Map<number, Listener>();
  readonly #leaving = new Map<number, LeavingPort>();
  readonly #unavailable = new Map<number, string>();

  constructor(config: PlannedPortsConfig) {
    this.#config = config;
  }

  get listeners(): readonly Listener[] {
    return [...this.#bound.values()];
  }

  /** Wanted, but somebody else's. */
  get unavailable(): readonly number[] {
    return [...this.#unavailable.keys()];
  }

  /** These and no others, by the order of this number; true where that changes what is listened on. */
  want(ports: readonly number[], version: number): boolean {
    this.#wanted = ports;
    const gone = [...this.#bound].filter(([port]) => !ports.includes(port));
    for (const [port, listener] of gone) this.#leave(port, { listener, version });
    for (const port of this.unavailable) if (!ports.includes(port)) this.#unavailable.delete(port);
    return this.bindMissing() || gone.length > 0;
  }

  /** Tries again what could not be had; true where that changes what is listened on. */
  bindMissing(): boolean {
    const missing = this.#wanted.filter(port => !this.#bound.has(port));
    return missing.filter(port => this.#bind(port)).length > 0;
  }

  /** A worker cannot listen on it though it is bound: another process did so in between. */
  refuse(port: number, code: string, version: number): void {
    const listener = this.#bound.get(port);
    if (listener === undefined) return;
    this.#leave(port, { listener, version });
    this.#say(port, code);
  }

  /** Every worker has carried out the order of this number. */
  carriedOut(version: number): void {
    for (const [port, leaving] of this.#leaving) {
      if (leaving.version > version) continue;
      leaving.listener.handle.close();
      this.#leaving.delete(port);
    }
  }

  close(): void {
    const leaving = [...this.#leaving.values()].map(({ listener }) => listener);
    for (const { handle } of [...this.listeners, ...leaving]) handle.close();
    this.#bound.clear();
    this.#leaving.clear();
    this.#wanted = [];
  }

  #bind(port: number): boolean {
    const leaving = this.#leaving.get(port);
    this.#leaving.delete(port);
    try {
      // Workers that have closed theirs are given it anew: to them it is another one.
      const handle = leaving?.listener.handle ?? this.#config.bind(port);
      this.#bound.set(port, { kind: 'tcp', handle });
    } catch (error) {
      this.#say(port, codeOf(error));
      return false;
    }
    if (this.#unavailable.delete(port)) this.#config.log(`TCP port ${port} can be had by now and is served`);
    return true;
  }

  #leave(port: number, leaving: LeavingPort): void {
    this.#bound.delete(port);
    this.#leaving.set(port, leaving);
  }

  #say(port: number, code: string): void {
    if (!this.#unavailable.has(port))
      this.#config.log(
        code === 'EADDRINUSE'
          ? `TCP port ${port} is in use; it is not served, and tried again`
          : `TCP port ${port} cannot be listened on (${code}); it is not served, and tried again`,
      );
    this.#unavailable.set(port, code);
  }
}
