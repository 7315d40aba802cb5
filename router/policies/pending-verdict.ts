import type { OwnAnswer } from '../exchange/own-answer.ts';

/** An answer of a policy that takes a while, and is worked out elsewhere meanwhile. */
export interface PendingVerdict {
  /** Calls back once, never at once. Null: the request may go on. */
  whenKnown(listener: (answer: OwnAnswer | null) => void): void;
  /** Nobody waits any more: the listener is not called. */
  forget(): void;
}
