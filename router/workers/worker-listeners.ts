import type { RoutePlan } from '../../src/core/route-plan.ts';
import type { EngineOptions, Log } from '../engine.ts';
import type { Listener, ListeningHandle } from './listening-handle.ts';
import { PlannedPorts } from './planned-ports.ts';
import type { RefusedPort } from './worker-messages.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A port of the plan that somebody else holds is tried again so often. */
const RETRY_MS = 5_000;

export type WorkerListenersConfig = {
  readonly engine: Partial<EngineOptions>;
  readonly log: Log;
  /** Binds a TCP port that the plan names; missing: only ports that were bound at the start are served. */
  readonly bindPlanned?: (port: number) => ListeningHandle;
};

/** What the workers of a router listen on: sockets that are there from the start, and those of the plan's TCP ports. */
export class WorkerListeners {
  readonly #config: WorkerListenersConfig;
  readonly #workers: ReadonlySet<WorkerProcess>;
  readonly #planned: PlannedPorts | null;
  /** Held here, so that the queues of new connections outlive every worker (ADR 0011). */
  #fixed: readonly Listener[] | null = null;
  #version = 0;
  #retrying: NodeJS.Timeout | undefined;

  constructor(config: WorkerListenersConfig, workers: ReadonlySet<WorkerProcess>) {
    this.#config = config;
    this.#workers = workers;
    const { bindPlanned, log } = config;
    if (bindPlanned === undefined) this.#planned = null;
    else this.#planned = new PlannedPorts({ bind: port => this.#bind(port, bindPlanned), log });
  }

  /** Ports of the plan that cannot be had. */
  get unavailable(): readonly number[] {
    return this.#planned?.unavailable ?? [];
  }

  begin(fixed: readonly Listener[], plan: RoutePlan): void {
    this.#fixed = fixed;
    this.follow(plan);
  }

  /** Takes over the TCP ports of the plan. */
  follow({ tcp }: RoutePlan): void {
    if (this.#fixed === null || this.#planned === null) return;
    const held = this.#fixed.filter(({ kind }) => kind === 'tcp').map(({ handle }) => handle.port);
    const ports = tcp.map(({ port }) => port).filter(port => !held.includes(port));
    if (this.#planned.want(ports, this.#version + 1)) this.#order();
    this.#watch();
  }

  /** Has a worker that knows the plan listen. */
  tell(worker: WorkerProcess): void {
    if (this.#fixed === null) return;
    worker.listen([...this.#fixed, ...(this.#planned?.listeners ?? [])], this.#version, this.#config.engine);
  }

  /** A worker listens, but for these; returns one that a router cannot do without. */
  onListening(
    worker: WorkerProcess,
    version: number,
    refused: readonly RefusedPort[],
  ): RefusedPort | undefined {
    worker.listenedVersion = version;
    const fatal = refused.find(({ port }) => this.#fixed?.some(({ handle }) => handle.port === port));
    for (const { port, code } of refused) this.#planned?.refuse(port, code, this.#version + 1);
    if (refused.length > 0 && fatal === undefined) this.#order();
    this.carriedOut();
    return fatal;
  }

  /** Lets go of what no worker listens on any more. */
  carriedOut(): void {
    const versions = [...this.#workers]
      .filter(worker => worker.hasListeners && !worker.isStopping)
      .map(worker => worker.listenedVersion);
    this.#planned?.carriedOut(Math.min(this.#version, ...versions));
  }

  end(): void {
    for (const { handle } of this.#fixed ?? []) handle.close();
    this.#fixed = null;
    this.#planned?.close();
    clearInterval(this.#retrying);
  }

  /** Not a port of ours for something else: where ports are shared, nothing would keep it from being bound twice. */
  #bind(port: number, bind: (port: number) => ListeningHandle): ListeningHandle {
    if (this.#fixed?.some(({ handle }) => handle.port === port) === true)
      throw Object.assign(new Error(`the router itself listens on port ${port}`), { code: 'EADDRINUSE' });
    return bind(port);
  }

  #order(): void {
    this.#version += 1;
    for (const worker of this.#workers) if (worker.hasListeners && !worker.isStopping) this.tell(worker);
    this.#watch();
  }

  #watch(): void {
    clearInterval(this.#retrying);
    if (this.unavailable.length === 0 || this.#fixed === null) return;
    this.#retrying = setInterval(() => {
      if (this.#planned?.bindMissing() === true) this.#order();
      this.#watch();
    }, RETRY_MS).unref();
  }
}
