import type { ApiFailure } from '../api-outcome.ts';
import { resourcePath } from '../connection/resource-path.ts';
import type { Kind, Named } from '../kind.ts';
import { type Incoming, identityOf, readIncoming, resourceVersionOf } from './incoming.ts';
import { listObjects } from './list-objects.ts';
import { afterList, afterWatch, FIRST_STEP, type History, type NextStep } from './next-step.ts';
import type { ObjectSink } from './object-sink.ts';
import {
  REFLECTOR_TIMES,
  type ReflectorDeps,
  type ReflectorStatus,
  type ReflectorTimes,
  type Selection,
} from './reflector-options.ts';
import { ReflectorRecord } from './reflector-record.ts';
import { isNoNewer } from './resource-version.ts';
import { type EndName, endName, messageOf } from './watch-counts.ts';
import { type WatchEvent, watchObjects } from './watch-objects.ts';

const PAGE_SIZE = 500;

/** An object has at most 1.5 MB in etcd; JSON with its escapes may be several times that. */
const MAX_EVENT_BYTES = 16 * 1024 * 1024;

/**
 * A life in seconds that the server ends, which shows that it is there, before we take it for dead: Kubernetes 1.20
 * sends no bookmarks while nothing of the kind changes.
 */
const endedBefore = (idleMs: number): number => Math.max(1, Math.floor((idleMs * 2) / 3 / 1000));

/** How far the sink has everything. */
type Position = { readonly apiVersion: string; readonly resourceVersion: string; readonly listedAt: number };

/**
 * Keeps a sink at what the API server has: lists, watches, and goes on after every end there is (checklist R8).
 * What it has told stays told while the server is away.
 */
export class Reflector<T extends Named> {
  readonly #kind: Kind<T>;
  readonly #selection: Selection;
  readonly #sink: ObjectSink<T>;
  readonly #deps: ReflectorDeps;
  readonly #times: ReflectorTimes;
  readonly #record: ReflectorRecord;
  readonly #stopper = new AbortController();
  #running: Promise<void> | null = null;
  #position: Position | null = null;
  #listStartedAt = Number.NEGATIVE_INFINITY;
  #pageSize: number | null = PAGE_SIZE;
  #staleTokens = 0;
  /** The last watch told nothing until its deadline, which a dead one does, and one of a server without bookmarks. */
  #isQuiet = false;

  constructor(kind: Kind<T>, selection: Selection, sink: ObjectSink<T>, deps: ReflectorDeps) {
    this.#kind = kind;
    this.#selection = selection;
    this.#sink = sink;
    this.#deps = deps;
    this.#times = deps.times ?? REFLECTOR_TIMES;
    this.#record = new ReflectorRecord(kind.name, deps.clock.now);
  }

  get status(): ReflectorStatus {
    return this.#record.status;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when nothing more will be put into the sink. */
  async stop(): Promise<void> {
    this.#stopper.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopper;
    let next: NextStep = FIRST_STEP;
    while (!signal.aborted) {
      await this.#pause(next);
      if (signal.aborted) return;
      if (next.rediscover) this.#deps.connection.served.forget();
      const position: Position | null = next.step === 'watch' ? this.#position : null;
      next = position === null ? await this.#list(next.history) : await this.#watch(position, next.history);
      this.#record.failures = next.history.failures;
    }
  }

  #pause({ step, delayMs }: NextStep): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#stopper;
    const nextListAt = this.#listStartedAt + this.#times.pacing.listIntervalMs;
    const pauseMs = Math.max(delayMs, step === 'list' ? nextListAt - clock.now() : 0);
    if (pauseMs <= 0) return Promise.resolve();
    return new Promise(resolve => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(pauseMs, done);
      signal.addEventListener('abort', done);
    });
  }

  #tell(doing: 'list' | 'watch', end: EndName, message: string, next: NextStep): void {
    const { step, delayMs } = next;
    this.#deps.onTrouble?.({ kind: this.#kind.name, doing, end, message, next: step, delayMs });
  }

  #request(apiVersion: string): { path: string; labelSelector?: string; fieldSelector?: string } {
    const { namespace, labelSelector, fieldSelector } = this.#selection;
    return {
      path: resourcePath(this.#kind, apiVersion, namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }

  async #list(history: History): Promise<NextStep> {
    const { clock, random } = this.#deps;
    this.#listStartedAt = clock.now();
    const failure = await this.#listAll();
    const next = afterList(failure, history, this.#times.pacing, random);
    if (failure === null || this.#stopper.signal.aborted) return next;
    this.#record.listFailed(failure.kind, failure.message);
    this.#tell('list', failure.kind, failure.message, next);
    return next;
  }

  /** Null: the sink now holds what the server does. */
  async #listAll(): Promise<ApiFailure | null> {
    const { connection, clock } = this.#deps;
    const { signal } = this.#stopper;
    const version = await connection.served.versionOf(this.#kind);
    if (!version.ok) return version.failure;
    const apiVersion = version.value;
    const all: Incoming<T>[] = [];
    const end = await listObjects(
      { ...this.#request(apiVersion), pageSize: this.#pageSize },
      { transport: connection.transport, clock, timeoutMs: this.#times.listTimeoutMs, signal },
      item => {
        this.#record.contact();
        const incoming = this.#read(apiVersion, item);
        if (incoming !== null) all.push(incoming);
      },
    );
    if (!end.ok) {
      this.#choosePageSize(end.failure);
      return end.failure;
    }
    if (signal.aborted) return null;
    this.#staleTokens = 0;
    this.#pageSize = PAGE_SIZE;
    this.#position = { apiVersion, resourceVersion: end.resourceVersion, listedAt: clock.now() };
    this.#record.listed();
    this.#sink.replaceAll(all);
    return null;
  }

  #choosePageSize({ kind }: ApiFailure): void {
    if (kind === 'gone') {
      // A list that takes longer than its tokens live never ends: ask for all of it at once, as client-go does.
      this.#staleTokens += 1;
      if (this.#staleTokens >= 2) this.#pageSize = null;
    } else if (kind === 'unreadable') {
      // Perhaps it was too large to be read.
      this.#pageSize = Math.max(1, Math.floor((this.#pageSize ?? PAGE_SIZE) / 2));
    }
  }

  #read(apiVersion: string, json: unknown): Incoming<T> | null {
    const incoming = readIncoming(this.#kind, apiVersion, json);
    if (incoming === null) this.#record.drops.count('nameless');
    else if (!incoming.parsed.ok) this.#record.drops.count('unreadable');
    return incoming;
  }

  async #watch(position: Position, history: History): Promise<NextStep> {
    const { connection, clock, random } = this.#deps;
    const { idleMs, watchMs, pacing } = this.#times;
    this.#record.asking();
    const end = await watchObjects(
      {
        ...this.#request(position.apiVersion),
        resourceVersion: position.resourceVersion,
        timeoutSeconds: this.#isQuiet ? endedBefore(idleMs) : Math.ceil((watchMs * (1 + random())) / 1000),
      },
      {
        transport: connection.transport,
        clock,
        idleMs,
        maxEventBytes: MAX_EVENT_BYTES,
        signal: this.#stopper.signal,
        onOpen: () => this.#record.opened(),
        onEvent: event => this.#take(position.apiVersion, event),
      },
    );
    if (end.kind === 'stopped') return FIRST_STEP;
    const ended = { end, sinceListMs: clock.now() - position.listedAt, ...this.#record.ended(end) };
    this.#isQuiet = !ended.progressed && (this.#isQuiet || end.kind === 'idle');
    const next = afterWatch(ended, history, pacing, random);
    if (end.kind !== 'closed' || next.history.failures > 0) {
      this.#tell('watch', endName(end), messageOf(end), next);
    }
    return next;
  }

  #take(apiVersion: string, { type, object }: WatchEvent): void {
    this.#record.event(type);
    const version = resourceVersionOf(object);
    if (version === null || this.#position === null) {
      this.#record.drops.count('nameless');
      return;
    }
    if (type !== 'BOOKMARK') {
      // Told twice; the second time may be after something newer, which it must not undo.
      if (isNoNewer(version, this.#position.resourceVersion)) {
        this.#record.drops.count('repeated');
        return;
      }
      this.#store(apiVersion, type, object);
    }
    this.#position = { ...this.#position, resourceVersion: version };
  }

  #store(apiVersion: string, type: 'ADDED' | 'MODIFIED' | 'DELETED', object: unknown): void {
    if (type === 'DELETED') {
      const identity = identityOf(object);
      if (identity === null) this.#record.drops.count('nameless');
      else this.#sink.remove(identity);
      return;
    }
    const incoming = this.#read(apiVersion, object);
    if (incoming !== null) this.#sink.put(incoming);
  }
}
