/** What an Event is about. */
export type EventObject = {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for kinds of cluster scope: their Events go to `default`. */
  readonly namespace: string;
  readonly name: string;
  /** Null where it is not known: `kubectl describe` then finds the Event by name alone. */
  readonly uid: string | null;
};

export type ClusterEvent = {
  readonly object: EventObject;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase, stable. */
  readonly reason: string;
  readonly message: string;
};

/** Tells people of something, as an Event of core/v1. Never throws and never waits: an Event is no reason to stop. */
export interface EventRecorder {
  record(event: ClusterEvent): void;
  /** Sends what is queued, for at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  readonly counts: EventCounts;
}

export type EventCounts = {
  readonly sent: number;
  /** Told again within ten minutes: counted up in the Event that is there. */
  readonly repeated: number;
  /** Left out: too many of one object, or too many at once. */
  readonly suppressed: number;
  readonly failed: number;
};
