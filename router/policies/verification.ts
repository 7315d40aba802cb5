import type { OwnAnswer } from '../exchange/own-answer.ts';
import type { PasswordOutcome } from './password-verifier.ts';
import type { PendingVerdict } from './pending-verdict.ts';

/** What each outcome means to a request. */
export type OutcomeAnswers = Readonly<Record<PasswordOutcome, OwnAnswer | null>>;

/** One password that is being checked, and the requests that wait for it. */
export class Verification {
  readonly #waiting = new Set<(outcome: PasswordOutcome) => void>();

  get isWanted(): boolean {
    return this.#waiting.size > 0;
  }

  join(answers: OutcomeAnswers): PendingVerdict {
    let waiting: ((outcome: PasswordOutcome) => void) | null = null;
    return {
      whenKnown: listener => {
        waiting = outcome => listener(answers[outcome]);
        this.#waiting.add(waiting);
      },
      forget: () => {
        if (waiting !== null) this.#waiting.delete(waiting);
      },
    };
  }

  tell(outcome: PasswordOutcome): void {
    // One that is told may make another go away, which is then not told any more.
    for (const waiting of [...this.#waiting]) if (this.#waiting.delete(waiting)) waiting(outcome);
  }
}
