import type { ApiFailureKind } from '../api-outcome.ts';
import type { EventType, ForeignEnd } from './watch-objects.ts';

/** How watches ended, with what the server said where it said something. */
export type EndName = Exclude<ForeignEnd['kind'], 'failed'> | ApiFailureKind;

/** Why an event or object was left out. */
export type DropReason =
  /** Our parser refuses it; its last good version stays in force (ADR 0017). */
  | 'unreadable'
  /** It has no name, or in a watch no resourceVersion. */
  | 'nameless'
  /** It is no newer than what we have: told twice. */
  | 'repeated';

/** What a reflector has done since it was made; only ever counted up, so that /metrics can show it as it is. */
export type WatchCounts = {
  /** Lists that came to their end; all but the first are repairs. */
  readonly lists: number;
  /** Lists that failed, by reason. */
  readonly listFailures: ReadonlyMap<ApiFailureKind, number>;
  /** Watches that were opened. */
  readonly watches: number;
  readonly ends: ReadonlyMap<EndName, number>;
  readonly events: ReadonlyMap<EventType, number>;
  readonly drops: ReadonlyMap<DropReason, number>;
};

export class Tally<Name> extends Map<Name, number> {
  count(name: Name): void {
    this.set(name, (this.get(name) ?? 0) + 1);
  }
}

export const endName = (end: ForeignEnd): EndName => (end.kind === 'failed' ? end.failure.kind : end.kind);

const END_MESSAGES = {
  closed: 'the server ended the watch',
  idle: 'nothing came for too long, not even a bookmark',
} as const;

export const messageOf = (end: ForeignEnd): string => {
  if (end.kind === 'failed') return end.failure.message;
  return end.kind === 'broken' ? end.message : END_MESSAGES[end.kind];
};
