import { BoundedMap } from './bounded-map.ts';
import type { ClusterEvent } from './event-recorder.ts';

/** As client-go's EventCorrelator, so that our Events behave as people know them. */
export const EVENT_LIMITS = {
  /** Different messages of one reason about one object before they are put together, … */
  similarMessages: 10,
  /** … within this time. */
  similarMs: 600_000,
  /** Events about one object at once, … */
  burst: 25,
  /** … and one more in this time. */
  refillMs: 300_000,
  /** What is remembered; the least used is forgotten. */
  remembered: 4_096,
} as const;

/** One Event of core/v1, however often it was told. */
export type EventEntry = {
  /** As it was first told. */
  readonly event: ClusterEvent;
  /** The last one, where several were put together. */
  message: string;
  count: number;
  /** Since the epoch, as Events are dated. */
  readonly firstWallMs: number;
  lastWallMs: number;
  /** Its name in the cluster; null: it is not there yet. */
  name: string | null;
};

/** Rates go by the clock that never jumps. */
type Moment = { readonly nowMs: number; readonly wallMs: number };

type Similar = { messages: Set<string>; sinceMs: number };

type Bucket = { tokens: number; filledMs: number };

/** Decides which Event a telling belongs to: a new one, one that is there already, or none. */
export class EventCorrelation {
  readonly #similar = new BoundedMap<Similar>(EVENT_LIMITS.remembered);
  readonly #entries = new BoundedMap<EventEntry>(EVENT_LIMITS.remembered);
  readonly #buckets = new BoundedMap<Bucket>(EVENT_LIMITS.remembered);

  /** Null: there were too many about this object. */
  take(event: ClusterEvent, { nowMs, wallMs }: Moment): EventEntry | null {
    const { apiVersion, kind, namespace, name, uid } = event.object;
    const object = [apiVersion, kind, namespace, name, uid];
    const group = JSON.stringify([...object, event.type, event.reason]);
    const combined = this.#isCombined(group, event.message, nowMs);
    const entry = this.#entries.use(combined ? group : JSON.stringify([group, event.message]), () => ({
      event,
      message: event.message,
      count: 0,
      firstWallMs: wallMs,
      lastWallMs: wallMs,
      name: null,
    }));
    if (!this.#mayTell(JSON.stringify(object), nowMs)) return null;
    entry.count += 1;
    entry.lastWallMs = wallMs;
    entry.message = combined ? `(combined from similar events): ${event.message}` : event.message;
    return entry;
  }

  #isCombined(group: string, message: string, nowMs: number): boolean {
    const similar = this.#similar.use(group, () => ({ messages: new Set(), sinceMs: nowMs }));
    if (nowMs - similar.sinceMs > EVENT_LIMITS.similarMs) similar.messages.clear();
    similar.sinceMs = nowMs;
    if (similar.messages.size < EVENT_LIMITS.similarMessages) similar.messages.add(message);
    return !similar.messages.has(message);
  }

  #mayTell(object: string, nowMs: number): boolean {
    const { burst, refillMs } = EVENT_LIMITS;
    const bucket = this.#buckets.use(object, () => ({ tokens: burst, filledMs: nowMs }));
    const refilled = bucket.tokens + (nowMs - bucket.filledMs) / refillMs;
    bucket.tokens = Math.min(burst, refilled);
    bucket.filledMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
