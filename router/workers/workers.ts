import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';
import { DEFAULT_OPTIONS } from '../engine.ts';
import { EMPTY_PLAN, planBatches } from '../routing/plan-delta.ts';
import type { TicketKeys } from '../tls/session-tickets.ts';
import type { TlsSettings } from '../tls/tls-settings.ts';
import { relayEnd, relayUse, tellRunning } from './limit-relay.ts';
import type { Listener } from './listening-handle.ts';
import type { PlanSink } from './plan-sink.ts';
import { WorkerListeners, type WorkerListenersConfig } from './worker-listeners.ts';
import type { FromWorker, RefusedPort } from './worker-messages.ts';
import { WorkerProcess } from './worker-process.ts';
import { endedReport, sumOfReports, type WorkerReport } from './worker-report.ts';

/** A worker that dies this soon after its start would only die again: the next one waits. */
const EARLY_DEATH_MS = 1_000;
const MAX_RESTART_DELAY_MS = 5_000;

/** What a client that was told `Connection: close`, or is about to send, needs to get away from a worker that is replaced. */
export const IDLE_GRACE_MS = 5_000;

export type WorkersOptions = WorkerListenersConfig & {
  readonly count: number;
  /** @default null: everything is in clear */
  readonly tls?: TlsSettings | null;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
};

type Listening = Extract<FromWorker, { readonly kind: 'listening' }>;

/** How the workers are doing. */
export type WorkersStatus = {
  /** How many there shall be. */
  readonly wanted: number;
  /** How many accept connections. */
  readonly serving: number;
  /** How many ended though nobody had told them to. */
  readonly crashes: number;
  /** Number of the newest plan; each change counts one. */
  readonly planVersion: number;
  /** Number of the oldest plan that a serving worker still decides by. */
  readonly appliedVersion: number;
  /** Since the plan changed last; null: it never has. */
  readonly planAgeMs: number | null;
  /** TCP ports of the plan that something else on this machine holds. */
  readonly unavailablePorts: readonly number[];
};

/**
 * The worker processes of a router: keeps them at their number, hands deltas to all, sums their counters
 * (DESIGN 11). A worker that crashes takes its own connections with it and nothing else.
 */
export class Workers implements PlanSink {
  readonly #options: WorkersOptions;
  #tls: TlsSettings | null;
  readonly #workers = new Set<WorkerProcess>();
  readonly #listeners: WorkerListeners;
  /** Of workers that are no more. */
  #past: WorkerReport = sumOfReports([]);
  #crashes = 0;
  #plan: RoutePlan = EMPTY_PLAN;
  #version = 0;
  #changedMs: number | null = null;
  #isStopping = false;
  #hasStarted = false;
  #startFailure: Error | null = null;
  #earlyDeaths = 0;
  readonly #waiters = new Set<() => void>();

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#listeners = new WorkerListeners(options, this.#workers);
    this.#tls = options.tls ?? null;
  }

  /** Process ids of the workers that serve. */
  get pids(): readonly number[] {
    return [...this.#workers]
      .filter(worker => worker.isListening)
      .flatMap(worker => worker.process.pid ?? []);
  }

  get status(): WorkersStatus {
    const serving = this.#serving();
    return {
      wanted: this.#options.count,
      serving: serving.length,
      crashes: this.#crashes,
      planVersion: this.#version,
      appliedVersion: Math.min(this.#version, ...serving.map(worker => worker.appliedVersion)),
      planAgeMs: this.#changedMs === null ? null : this.#options.now() - this.#changedMs,
      unavailablePorts: this.#listeners.unavailable,
    };
  }

  /** What all workers have done together, those that have gone included; as of a second ago. */
  report(): WorkerReport {
    return sumOfReports([this.#past, ...[...this.#workers].flatMap(worker => worker.report ?? [])]);
  }

  /**
   * Starts all workers; resolves when each of them serves on all of these.
   * @throws an error with the `code` that listening failed with, and the `port`, or one that says how a worker ended
   *   before it served; no worker is left then
   */
  async start(listeners: readonly Listener[]): Promise<void> {
    this.#listeners.begin(listeners, this.#plan);
    for (let i = 0; i < this.#options.count; i += 1) this.#fork();
    await this.#until(() => this.#startFailure !== null || this.#serving().length >= this.#options.count);
    this.#hasStarted = true;
    if (this.#startFailure === null) return;
    await this.stop();
    await this.gone();
    throw this.#startFailure;
  }

  /** Hands a change to every worker. `plan` is what it leads to, for workers that come later. */
  apply(delta: PlanDelta, plan: RoutePlan): void {
    this.#plan = plan;
    this.#version += 1;
    this.#changedMs = this.#options.now();
    for (const worker of this.#workers) worker.tell({ kind: 'delta', version: this.#version, delta });
    if (delta.tcp !== null) this.#listeners.follow(plan);
  }

  /** Seals session tickets with other keys from now on. */
  changeTickets(tickets: TicketKeys): void {
    if (this.#tls === null) return;
    this.#tls = { ...this.#tls, tickets };
    for (const worker of this.#workers) worker.tell({ kind: 'tickets', keys: tickets });
  }

  /** Resolves when every worker decides by the newest plan. */
  async applied(): Promise<void> {
    const version = this.#version;
    await this.#until(() => this.#serving().every(worker => worker.appliedVersion >= version));
  }

  /** Replaces one worker after the other: the new one serves before the old one stops accepting. */
  async restart(): Promise<void> {
    for (const old of this.#serving()) {
      const wanted = this.#serving().length + 1;
      this.#fork();
      await this.#until(() => this.#serving().length >= wanted || this.#isStopping);
      this.#stopWorker(old, IDLE_GRACE_MS);
      await this.#until(() => !this.#workers.has(old));
    }
  }

  /**
   * Has all workers finish what runs; resolves when nobody listens any more. `idleMs`: how long connections between
   * two requests are left open for a next one, which is answered with `Connection: close`.
   */
  async stop({ idleMs = 0 }: { readonly idleMs?: number } = {}): Promise<void> {
    this.#isStopping = true;
    // First: with these handles open, connections would queue for workers that accept none.
    this.#listeners.end();
    for (const worker of this.#workers) this.#stopWorker(worker, idleMs);
    await this.#until(() => [...this.#workers].every(worker => !worker.isListening));
  }

  /** Resolves when the last worker has gone. */
  gone(): Promise<void> {
    return this.#until(() => this.#workers.size === 0);
  }

  /** Lets go of all workers, as the end of this process would. */
  disconnect(): void {
    this.#isStopping = true;
    for (const worker of this.#workers) worker.process.disconnect();
  }

  /** Ends all workers at once, whatever they are at. */
  kill(): void {
    this.#isStopping = true;
    for (const worker of this.#workers) worker.process.kill('SIGKILL');
  }

  #serving(): readonly WorkerProcess[] {
    return [...this.#workers].filter(worker => worker.isListening && !worker.isStopping);
  }

  #fork(): void {
    const worker = new WorkerProcess(this.#options.now());
    this.#workers.add(worker);
    worker.process.on('message', (message: FromWorker) => this.#receive(worker, message));
    worker.process.on('error', error => this.#options.log('a worker process failed', error));
    worker.process.on('exit', (code, signal) => this.#onExit(worker, code, signal));
  }

  #receive(worker: WorkerProcess, message: FromWorker): void {
    switch (message.kind) {
      case 'started':
        this.#tellTls(worker);
        // The whole plan first: a worker serves nothing before it knows everything.
        for (const delta of planBatches(this.#plan))
          worker.tell({ kind: 'delta', version: this.#version, delta });
        tellRunning(this.#workers, worker);
        this.#listeners.tell(worker);
        break;
      case 'listening':
        this.#onListening(worker, message);
        break;
      case 'closed':
        worker.isListening = false;
        break;
      case 'applied':
        worker.appliedVersion = message.version;
        break;
      case 'limits':
        relayUse(this.#workers, worker, message.use);
        return;
      case 'report':
        worker.report = message.report;
        return;
      default:
        this.#options.log(message.message);
        return;
    }
    this.#changed();
  }

  #onListening(worker: WorkerProcess, { version, refused }: Listening): void {
    const fatal = this.#listeners.onListening(worker, version, refused);
    if (fatal === undefined) worker.isListening = true;
    else this.#refused(fatal);
  }

  #tellTls(worker: WorkerProcess): void {
    const { http2 = DEFAULT_OPTIONS.http2 } = this.#options.engine;
    if (this.#tls !== null) worker.tell({ kind: 'tls', settings: this.#tls, http2 });
  }

  #refused({ port, code }: RefusedPort): void {
    const message = `the workers cannot listen on port ${port}: ${code}`;
    this.#startFailure = Object.assign(new Error(message), { code, port });
  }

  #stopWorker(worker: WorkerProcess, idleMs: number): void {
    worker.isStopping = true;
    worker.tell({ kind: 'stop', idleMs });
  }

  #onExit(worker: WorkerProcess, code: number | null, signal: NodeJS.Signals | null): void {
    this.#workers.delete(worker);
    this.#listeners.carriedOut();
    relayEnd(this.#workers, worker);
    if (worker.report !== null) this.#past = sumOfReports([this.#past, endedReport(worker.report)]);
    if (!this.#hasStarted) {
      // What ends one at the start would end them all, again and again.
      this.#startFailure ??= new Error(`a worker ended before it served (${signal ?? `exit code ${code}`})`);
    } else if (!worker.isStopping && !this.#isStopping) {
      this.#options.log(
        `worker ${worker.process.pid} ended (${signal ?? `exit code ${code}`}) and is replaced; its connections are lost`,
      );
      this.#crashes += 1;
      this.#replace(worker);
    }
    this.#changed();
  }

  #replace(worker: WorkerProcess): void {
    const livedMs = this.#options.now() - worker.startedMs;
    this.#earlyDeaths = livedMs < EARLY_DEATH_MS ? this.#earlyDeaths + 1 : 0;
    const delayMs = Math.min(250 * this.#earlyDeaths, MAX_RESTART_DELAY_MS);
    setTimeout(() => {
      if (!this.#isStopping) this.#fork();
    }, delayMs);
  }

  /** Resolves once the condition holds; looked at whenever a worker tells something or goes. */
  #until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise(resolve => {
      const waiter = (): void => {
        if (!condition()) return;
        this.#waiters.delete(waiter);
        resolve();
      };
      this.#waiters.add(waiter);
    });
  }

  #changed(): void {
    for (const waiter of [...this.#waiters]) waiter();
  }
}
