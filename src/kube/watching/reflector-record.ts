import type { ApiFailureKind } from '../api-outcome.ts';
import type { EndedWatch } from './next-step.ts';
import type { ReflectorStatus } from './reflector-options.ts';
import { type DropReason, type EndName, endName, messageOf, Tally } from './watch-counts.ts';
import type { EventType, ForeignEnd } from './watch-objects.ts';

/** What a reflector remembers of itself, for /metrics, /readyz and the log. */
export class ReflectorRecord {
  readonly #kind: string;
  readonly #now: () => number;
  #synced = false;
  #watching = false;
  #progressed = false;
  #openedAt: number | null = null;
  #lastContactAt: number | null = null;
  #lastFailure: string | null = null;
  #lists = 0;
  #watches = 0;
  readonly #listFailures = new Tally<ApiFailureKind>();
  readonly #ends = new Tally<EndName>();
  readonly #events = new Tally<EventType>();
  readonly drops = new Tally<DropReason>();
  /** Failures in a row. */
  failures = 0;

  constructor(kind: string, now: () => number) {
    this.#kind = kind;
    this.#now = now;
  }

  /** The server told us something. */
  contact(): void {
    this.#lastContactAt = this.#now();
  }

  listed(): void {
    this.#lists += 1;
    this.#synced = true;
    this.contact();
  }

  listFailed(kind: ApiFailureKind, message: string): void {
    this.#listFailures.count(kind);
    this.#lastFailure = message;
  }

  asking(): void {
    this.#openedAt = null;
    this.#progressed = false;
  }

  opened(): void {
    this.#watches += 1;
    this.#watching = true;
    this.#openedAt = this.#now();
    this.#lastFailure = null;
    this.contact();
  }

  event(type: EventType): void {
    this.#events.count(type);
    this.#progressed = true;
    this.contact();
  }

  /** What the watch was, now that it is over. */
  ended(end: ForeignEnd): Pick<EndedWatch, 'opened' | 'livedMs' | 'progressed'> {
    this.#watching = false;
    this.#ends.count(endName(end));
    if (end.kind !== 'closed') this.#lastFailure = messageOf(end);
    return {
      opened: this.#openedAt !== null,
      livedMs: this.#openedAt === null ? 0 : this.#now() - this.#openedAt,
      progressed: this.#progressed,
    };
  }

  get status(): ReflectorStatus {
    return {
      kind: this.#kind,
      synced: this.#synced,
      watching: this.#watching,
      lastContactAt: this.#lastContactAt,
      failures: this.failures,
      lastFailure: this.#lastFailure,
      counts: {
        lists: this.#lists,
        listFailures: this.#listFailures,
        watches: this.#watches,
        ends: this.#ends,
        events: this.#events,
        drops: this.drops,
      },
    };
  }
}
