import { Worker } from 'node:worker_threads';
import type { Log } from '../engine.ts';
import { FairQueue } from './fair-queue.ts';
import { passwordWork } from './password-work.ts';

/** From the verifier to its thread; the answer is a boolean. */
export type PasswordQuestion = { readonly password: Uint8Array; readonly hash: string };

/** `busy`: nobody looked at the password, and trying again may do. */
export type PasswordOutcome = 'fits' | 'wrong' | 'busy';

export type PasswordJob = PasswordQuestion & {
  /** False once everybody who asked has gone. */
  readonly isWanted: () => boolean;
  /** Called once, never at once. */
  readonly onOutcome: (outcome: PasswordOutcome) => void;
};

/** Of `passwordWork`: some six seconds. */
const MAX_WAITING_WORK = 400;
/** Nobody waits longer for a turn: browsers and load balancers give up, or ask again. */
const MAX_WAIT_MS = 10_000;
/** The thread itself takes some 5 MiB of heap; a hash takes 4 KiB. */
const MAX_HEAP_MIB = 32;

export type VerifierOptions = {
  readonly log: Log;
  readonly now: () => number;
  readonly maxWaitingWork?: number;
};

type QueuedJob = PasswordJob & { readonly work: number; readonly sinceMs: number };

/**
 * Checks passwords off the event loop (ADR 0015): one thread, started by the first password, takes one at a time from a
 * queue that is fair to the Ingresses and bounded.
 */
export class PasswordVerifier {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #queue: FairQueue<QueuedJob>;
  #thread: Worker | null = null;
  #running: QueuedJob | null = null;

  /** `now`: milliseconds of a clock that never goes back. */
  constructor({ log, now, maxWaitingWork = MAX_WAITING_WORK }: VerifierOptions) {
    this.#log = log;
    this.#now = now;
    this.#queue = new FairQueue(maxWaitingWork);
  }

  /** `owner`: whose job it is, and whose other jobs it waits behind. */
  verify(owner: object, job: PasswordJob): void {
    const queued = { ...job, work: passwordWork(job.hash), sinceMs: this.#now() };
    for (const { onOutcome } of this.#queue.push(owner, queued)) queueMicrotask(() => onOutcome('busy'));
    queueMicrotask(() => this.#next());
  }

  #next(): void {
    if (this.#running !== null) return;
    for (let job = this.#queue.next(); job !== undefined; job = this.#queue.next()) {
      if (!job.isWanted()) continue;
      if (this.#now() - job.sinceMs <= MAX_WAIT_MS) {
        this.#run(job);
        return;
      }
      job.onOutcome('busy');
    }
  }

  #run(job: QueuedJob): void {
    this.#running = job;
    this.#thread ??= this.#started();
    const question: PasswordQuestion = { password: job.password, hash: job.hash };
    this.#thread.postMessage(question);
  }

  #started(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const thread = new Worker(new URL(`./password-thread.${extension}`, import.meta.url), {
      name: 'passwords',
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    });
    thread.on('message', (fits: boolean) => this.#finish(fits ? 'fits' : 'wrong'));
    thread.on('error', error => this.#log('the thread that checks passwords failed', error));
    thread.on('exit', () => {
      this.#thread = null;
      this.#finish('busy');
    });
    // It keeps no process alive: whoever waits for it has a connection that does.
    thread.unref();
    return thread;
  }

  #finish(outcome: PasswordOutcome): void {
    const job = this.#running;
    this.#running = null;
    job?.onOutcome(outcome);
    this.#next();
  }
}
