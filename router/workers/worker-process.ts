import { type ChildProcess, fork, type SendHandle } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../engine.ts';
import type { ListenerKind } from '../listeners.ts';
import type { LimitUse } from '../policies/limit-ledger.ts';
import type { Listener, ListeningHandle } from './listening-handle.ts';
import type { ToWorker } from './worker-messages.ts';
import type { WorkerReport } from './worker-report.ts';

/**
 * Almost all that a request makes is garbage when it is answered, and V8 lets the young generation grow to 56 MiB for
 * it. Held to half of that, a worker under 1,000 connections stays below 120 MiB; a quarter or an eighth takes 3 and
 * 5 % more CPU time per request (docs/performance.md).
 */
const WORKER_FLAGS: readonly string[] = ['--max-semi-space-size=16'];

/**
 * libuv accepts one connection of a handle in each turn of its loop, and a turn answers whatever has come on all
 * connections: 25 ms where a thousand are busy, so that 40 new ones a second would get in. Every further handle of the
 * same socket accepts one more in a turn. It costs a failed accept for each new connection when nobody waits, 6 µs for
 * all of these (ADR 0011).
 */
const HANDLES_OF_A_SOCKET: Readonly<Record<ListenerKind, number>> = {
  http: 16,
  https: 16,
  // Its connections last, and there may be a thousand ports.
  tcp: 2,
};

/** One worker process, as the primary sees it. */
export class WorkerProcess {
  readonly process: ChildProcess;
  readonly startedMs: number;
  /** The last one; null: it has not been there long enough. */
  report: WorkerReport | null = null;
  appliedVersion = 0;
  /** Requests under way that limits count, as it told last. */
  running: LimitUse['running'] = null;
  /** Of the last order to listen that it has carried out. */
  listenedVersion = -1;
  isListening = false;
  isStopping = false;
  /** Whose handles it has been given. */
  #listeners: readonly Listener[] = [];

  constructor(startedMs: number) {
    this.startedMs = startedMs;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.process = fork(fileURLToPath(new URL(`./worker.${extension}`, import.meta.url)), [], {
      serialization: 'advanced',
      // Behind ours, so that whoever starts the router with a flag of Node's own has the last word.
      execArgv: [...WORKER_FLAGS, ...process.execArgv],
    });
  }

  /** True once it has been told to listen. */
  get hasListeners(): boolean {
    return this.#listeners.length > 0;
  }

  /** Has it accept on these sockets, and on no others. */
  listen(listeners: readonly Listener[], version: number, options: Partial<EngineOptions>): void {
    for (const listener of listeners) if (!this.#listeners.includes(listener)) this.#give(listener);
    this.#listeners = listeners;
    const ports = listeners.map(({ kind, handle }) => ({ kind, port: handle.port }));
    this.tell({ kind: 'listen', version, ports, options });
  }

  #give({ kind, handle }: Listener): void {
    for (let count = 0; count < HANDLES_OF_A_SOCKET[kind]; count += 1)
      this.tell({ kind: 'socket', port: handle.port }, handle);
  }

  tell(message: ToWorker, listener?: ListeningHandle): void {
    // A worker that dies at this moment is replaced by its 'exit'; that it missed a message does not matter then.
    if (this.process.connected)
      this.process.send(message, listener?.native as SendHandle | undefined, {}, () => undefined);
  }
}
