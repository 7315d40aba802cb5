import { isRecord } from '../../core/canonical-json.ts';
import type { ApiFailure } from '../api-outcome.ts';
import type { Clock } from '../clock.ts';
import { failureOf, unreachable } from '../connection/api-failure.ts';
import { isSuccess, refusal } from '../connection/call-api.ts';
import { queryText } from '../connection/resource-path.ts';
import type { Transport } from '../connection/transport.ts';
import { BrokenStream, linesOf } from './lines.ts';

export type WatchRequest = {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion: string;
  /** After this the server ends the watch by itself. */
  readonly timeoutSeconds: number;
};

/** How a watch came to its end; every one of them does. */
export type WatchEnd =
  /** By the server, in order. */
  | { readonly kind: 'closed' }
  /** Nothing came for too long, not even a bookmark: the connection may be dead without knowing it. */
  | { readonly kind: 'idle' }
  /** Reset, cut off, or not what a watch sends. */
  | { readonly kind: 'broken'; readonly message: string }
  /** A status instead of a watch, no answer at all, or an ERROR within it. */
  | { readonly kind: 'failed'; readonly failure: ApiFailure }
  /** By us. */
  | { readonly kind: 'stopped' };

/** An end that is not of our own making. */
export type ForeignEnd = Exclude<WatchEnd, { readonly kind: 'stopped' }>;

export const EVENT_TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const;

export type EventType = (typeof EVENT_TYPES)[number];

export type WatchEvent = { readonly type: EventType; readonly object: unknown };

export type WatchOptions = {
  readonly transport: Transport;
  readonly clock: Pick<Clock, 'after'>;
  /** Longest silence, and longest wait for the head of the answer. */
  readonly idleMs: number;
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onEvent: (event: WatchEvent) => void;
};

/** A server that cannot even begin an answer in this time has other troubles. */
const HEAD_TIMEOUT_MS = 30_000;

/** Aborted when nothing has happened for as long as it was last told to wait. */
class IdleDeadline {
  readonly #controller = new AbortController();
  readonly #clock: Pick<Clock, 'after'>;
  #cancel: () => void = () => {};

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  wait(ms: number): void {
    this.#cancel();
    this.#cancel = this.#clock.after(ms, () => this.#controller.abort());
  }

  stop(): void {
    this.#cancel();
  }
}

type Line =
  | { readonly kind: 'event'; readonly event: WatchEvent }
  | { readonly kind: 'error'; readonly failure: ApiFailure };

const readLine = (line: string, asked: string): Line => {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new BrokenStream('an event is no JSON');
  }
  if (!isRecord(json)) throw new BrokenStream('an event is no object');
  const { type, object } = json;
  if (type === 'ERROR') {
    const status = isRecord(object) && typeof object.code === 'number' ? object.code : 500;
    return { kind: 'error', failure: failureOf({ asked, status, retryAfterMs: null, answer: object }) };
  }
  const known = EVENT_TYPES.find(name => name === type);
  if (known === undefined) throw new BrokenStream('an event of no known type');
  return { kind: 'event', event: { type: known, object } };
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Reads one watch to its end. Events are given in order and at once; the end is a value, whatever it is. */
export const watchObjects = async (request: WatchRequest, options: WatchOptions): Promise<WatchEnd> => {
  const { transport, clock, idleMs, maxEventBytes, signal, onOpen, onEvent } = options;
  const { path, labelSelector, fieldSelector, resourceVersion, timeoutSeconds } = request;
  const asked = `watch ${path}`;
  const query = queryText({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(timeoutSeconds),
    labelSelector,
    fieldSelector,
  });
  const idle = new IdleDeadline(clock);
  let stage: 'asking' | 'reading' | 'telling' = 'asking';
  try {
    idle.wait(Math.min(idleMs, HEAD_TIMEOUT_MS));
    const response = await transport.send({
      method: 'GET',
      path: `${path}${query}`,
      signal: AbortSignal.any([signal, idle.signal]),
    });
    if (!isSuccess(response)) {
      const failure = await refusal(asked, response);
      if (failure.kind === 'unauthorized') transport.renewCredentials();
      return { kind: 'failed', failure };
    }
    stage = 'reading';
    idle.wait(idleMs);
    onOpen();
    for await (const text of linesOf(response.body, maxEventBytes)) {
      idle.wait(idleMs);
      const line = readLine(text, asked);
      if (line.kind === 'error') return { kind: 'failed', failure: line.failure };
      stage = 'telling';
      onEvent(line.event);
      stage = 'reading';
    }
    return { kind: 'closed' };
  } catch (error) {
    // Whoever is told of events has a bug: no end of a watch.
    if (stage === 'telling') throw error;
    if (signal.aborted) return { kind: 'stopped' };
    if (idle.signal.aborted) return { kind: 'idle' };
    if (stage === 'reading') return { kind: 'broken', message: messageOf(error) };
    return { kind: 'failed', failure: unreachable(asked, error) };
  } finally {
    idle.stop();
  }
};
