import { parseFields } from '../../core/objects/field-reader.ts';
import { readMetadata } from '../../core/objects/read-metadata.ts';
import type { ApiFailure, ApiFailureKind, Outcome } from '../api-outcome.ts';
import type { Clock, Random } from '../clock.ts';
import type { Kind, Named } from '../kind.ts';
import type { Manifest, ObjectClient } from '../objects/object-client.ts';
import { EventCorrelation, type EventEntry } from './event-correlation.ts';
import type { ClusterEvent, EventCounts, EventRecorder } from './event-recorder.ts';

/** core/v1 Event; what we write of it we do not read again. */
export const EVENT: Kind<Named> = {
  name: 'Event',
  plural: 'events',
  scope: 'namespaced',
  apiVersions: ['v1'],
  parse: value =>
    parseFields(value, { kind: 'Event', apiVersions: ['v1'] }, fields => ({
      metadata: readMetadata(fields, { scope: 'namespaced', name: 'subdomain' }),
    })),
};

export type EventRecorderOptions = {
  readonly client: Pick<ObjectClient, 'create' | 'patch'>;
  readonly clock: Clock;
  readonly random: Random;
  /** `sluice-controller`: who tells. */
  readonly component: string;
  /** The pod's name. */
  readonly instance: string;
  /** Told of each Event that could not be written, for the log. */
  readonly onTrouble?: (failure: ApiFailure) => void;
};

/** More than this waiting, and the API server is away: what comes on top is left out. */
const MAX_WAITING = 1_000;

const MAX_TRIES = 5;
const RETRY_MS = 1_000;

/** Longer ones are refused by events.k8s.io, which shows the same objects. */
const MAX_MESSAGE_LENGTH = 1_024;

/** Leaves room for the suffix in a name of 253 characters. */
const MAX_NAME_LENGTH = 230;

const RETRIED: ReadonlySet<ApiFailureKind> = new Set<ApiFailureKind>([
  'unreachable',
  'unavailable',
  'throttled',
]);

const timestamp = (wallMs: number): string => `${new Date(wallMs).toISOString().slice(0, 19)}Z`;

/** Writes Events one after the other, beside whatever goes on (client-go's recorder, in small). */
export class ApiEventRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlation = new EventCorrelation();
  /** What has something to tell; told again while it waits, it waits once. */
  readonly #waiting = new Set<EventEntry>();
  readonly #idle = new Set<() => void>();
  #isSending = false;
  #sent = 0;
  #repeated = 0;
  #suppressed = 0;
  #failed = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  get counts(): EventCounts {
    return {
      sent: this.#sent,
      repeated: this.#repeated,
      suppressed: this.#suppressed,
      failed: this.#failed,
    };
  }

  record(event: ClusterEvent): void {
    const message = event.message.slice(0, MAX_MESSAGE_LENGTH);
    const { clock } = this.#options;
    const entry = this.#correlation.take(
      { ...event, message },
      { nowMs: clock.now(), wallMs: clock.wallMs() },
    );
    if (entry === null || (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(entry))) {
      this.#suppressed += 1;
      return;
    }
    if (entry.count > 1) this.#repeated += 1;
    this.#waiting.add(entry);
    if (!this.#isSending) void this.#send();
  }

  drain(timeoutMs: number): Promise<void> {
    if (!this.#isSending) return Promise.resolve();
    return new Promise(resolve => {
      const done = (): void => {
        cancel();
        this.#idle.delete(done);
        resolve();
      };
      const cancel = this.#options.clock.after(timeoutMs, done);
      this.#idle.add(done);
    });
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    for (const entry of this.#waiting) {
      this.#waiting.delete(entry);
      await this.#deliver(entry);
    }
    this.#isSending = false;
    for (const done of [...this.#idle]) done();
  }

  async #deliver(entry: EventEntry): Promise<void> {
    // One name for all tries: an Event whose answer was lost is then there already, and not there twice.
    const newName = this.#newName(entry);
    for (let tries = 1; ; tries += 1) {
      const outcome = await this.#write(entry, newName);
      if (outcome.ok) {
        this.#sent += 1;
        return;
      }
      const { failure } = outcome;
      if (tries === MAX_TRIES || !RETRIED.has(failure.kind)) {
        this.#failed += 1;
        this.#options.onTrouble?.(failure);
        return;
      }
      await this.#pause(Math.max(failure.retryAfterMs ?? 0, RETRY_MS * 2 ** (tries - 1)));
    }
  }

  async #write(entry: EventEntry, newName: string): Promise<Outcome<unknown>> {
    const { client } = this.#options;
    const namespace = entry.event.object.namespace || 'default';
    if (entry.name !== null) {
      const { count, message, lastWallMs } = entry;
      const body = { count, message, lastTimestamp: timestamp(lastWallMs) };
      const patched = await client.patch(EVENT, { namespace, name: entry.name }, { type: 'merge', body });
      if (patched.ok || patched.failure.kind !== 'notFound') return patched;
      // Events live for an hour; it is told anew.
    }
    const created = await client.create(EVENT, namespace, this.#manifest(entry, newName));
    if (!created.ok && created.failure.kind !== 'alreadyExists') return created;
    entry.name = newName;
    return { ok: true, value: null };
  }

  #newName({ event, firstWallMs }: EventEntry): string {
    // Two replicas may tell of one object in the same millisecond.
    const lot = Math.floor(this.#options.random() * 2 ** 32);
    const suffix = `${firstWallMs.toString(16)}${lot.toString(16).padStart(8, '0')}`;
    return `${event.object.name.slice(0, MAX_NAME_LENGTH).replace(/[.-]+$/, '')}.${suffix}`;
  }

  #manifest({ event, message, count, firstWallMs, lastWallMs }: EventEntry, name: string): Manifest {
    const { component, instance } = this.#options;
    const { namespace, uid, ...object } = event.object;
    return {
      metadata: { name },
      involvedObject: {
        ...object,
        ...(namespace === '' ? {} : { namespace }),
        ...(uid === null ? {} : { uid }),
      },
      type: event.type,
      reason: event.reason,
      message,
      count,
      firstTimestamp: timestamp(firstWallMs),
      lastTimestamp: timestamp(lastWallMs),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }

  #pause(ms: number): Promise<void> {
    const { clock, random } = this.#options;
    return new Promise(resolve => clock.after(ms * (0.5 + random()), resolve));
  }
}
