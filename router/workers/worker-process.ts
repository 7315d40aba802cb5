import { type ChildProcess, fork, type SendHandle } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ListeningHandle } from './listening-handle.ts';
import type { ToWorker } from './worker-messages.ts';
import type { WorkerReport } from './worker-report.ts';

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
    });
  }

  tell(message: ToWorker, listener?: ListeningHandle): void {
    // A worker that dies at this moment is replaced by its 'exit'; that it missed a message does not matter then.
    if (this.process.connected)
      this.process.send(message, listener?.native as SendHandle | undefined, {}, () => undefined);
  }
}
