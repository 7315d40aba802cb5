import type { RequestHead } from '../http1/request-head.ts';
import type { OwnAnswer } from '../own-answer.ts';

/** One policy of a route, compiled: what it says of a request before anything goes upstream. */
export interface RouteCheck {
  /** The answer in the backend's place; null: go on. */
  before(head: RequestHead): OwnAnswer | null;
}

/** The policies of one route, compiled; a route without any has null in their place, and pays for that one look. */
export class RouteChecks {
  readonly #checks: readonly RouteCheck[];

  constructor(checks: readonly RouteCheck[]) {
    this.#checks = checks;
  }

  /** The first answer that a policy gives in the backend's place. */
  before(head: RequestHead): OwnAnswer | null {
    for (let at = 0; at < this.#checks.length; at += 1) {
      const answer = this.#checks[at]?.before(head) ?? null;
      if (answer !== null) return answer;
    }
    return null;
  }
}
