import type { RouteTimeouts } from '../../src/core/route-settings.ts';
import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { RequestNotes } from '../exchange/request-notes.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { ResponseHead } from '../http1/response-head.ts';

/** One policy of a route, compiled: what it says of a request before anything goes upstream, and of the answer. */
export interface RouteCheck {
  /** The answer in the backend's place; null: go on. What it leaves in the notes is the answer's, whoever gives that. */
  before(head: RequestHead, notes: RequestNotes): OwnAnswer | null;
  /** Changes the head of the backend's answer. */
  onAnswer?(head: ResponseHead, notes: RequestNotes): void;
}

export type RouteChecksParts = {
  /** In their order. */
  readonly checks: readonly RouteCheck[];
  /** Of a request body; Infinity: no limit. */
  readonly maxBodyBytes: number;
  /** Null: the listener's. */
  readonly timeouts: RouteTimeouts | null;
  /** Fields that do not go upstream, in lower case. */
  readonly droppedFields: readonly string[];
};

/** The policies of one route, compiled; a route without any has null in their place, and pays for that one look. */
export class RouteChecks {
  readonly maxBodyBytes: number;
  readonly timeouts: RouteTimeouts | null;
  readonly #checks: readonly RouteCheck[];
  readonly #onAnswer: readonly RouteCheck[];
  readonly #droppedFields: readonly string[];

  constructor({ checks, maxBodyBytes, timeouts, droppedFields }: RouteChecksParts) {
    this.maxBodyBytes = maxBodyBytes;
    this.timeouts = timeouts;
    this.#checks = checks;
    this.#onAnswer = checks.filter(check => check.onAnswer !== undefined);
    this.#droppedFields = droppedFields;
  }

  /** The first answer that a policy gives in the backend's place. */
  before(head: RequestHead, notes: RequestNotes): OwnAnswer | null {
    notes.timeouts = this.timeouts;
    for (let at = 0; at < this.#checks.length; at += 1) {
      const answer = this.#checks[at]?.before(head, notes) ?? null;
      if (answer !== null) return answer;
    }
    return null;
  }

  /** Takes away what is not to go upstream; after everybody who wanted to know has read it. */
  edit(head: RequestHead): void {
    for (const name of this.#droppedFields) head.fields.dropNamed(name);
  }

  onAnswer(head: ResponseHead, notes: RequestNotes): void {
    for (const check of this.#onAnswer) check.onAnswer?.(head, notes);
  }
}
