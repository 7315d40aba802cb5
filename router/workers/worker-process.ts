import { type ChildProcess, fork, type SendHandle } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ListeningHandle } from './listening-handle.ts';
import type { ToWorker } from './worker-messages.ts';
import type { WorkerReport } from './worker-report.ts';

/**
 * Almost all that a request makes is garbage when it is answered, and V8 lets the young generation grow to 56 MiB for
 * it. Held to 8 MiB, a worker under 1,000 connections has 111 MiB resident instead of 160, at the same CPU time per
 * request (docs/performance.md).
 */
const WORKER_FLAGS: readonly string[] = ['--max-semi-space-size=4'];

/** One worker process, as the primary sees it. */
export class WorkerProcess {
  readonly process: ChildProcess;
  readonly startedMs: number;
  /** The last one; null: it has not been there long enough. */
  report: WorkerReport | null = null;
  appliedVersion = 0;
  isListening = false;
  isStopping = false;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.process = fork(fileURLToPath(new URL(`./worker.${extension}`, import.meta.url)), [], {
      serialization: 'advanced',
      // Behind ours, so that whoever starts the router with a flag of Node's own has the last word.
      execArgv: [...WORKER_FLAGS, ...process.execArgv],
    });
  }

  tell(message: ToWorker, listener?: ListeningHandle): void {
    // A worker that dies at this moment is replaced by its 'exit'; that it missed a message does not matter then.
    if (this.process.connected)
      this.process.send(message, listener?.native as SendHandle | undefined, {}, () => undefined);
  }
}
