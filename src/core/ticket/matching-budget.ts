/**
 * Steps of regexes that one request may cost, two to four milliseconds: one for each state that a regex is in at each byte. Whatever the
 * authors of tickets and paths write and a client sends, the other requests of a worker do not wait for longer.
 */
export const MAX_MATCHING_STEPS = 131_072;

/** What is left of them for one request; the same request with the same rules always needs as many. */
export class MatchingBudget {
  left = MAX_MATCHING_STEPS;
  /** True once a regex needed more than was left: from then on none matches. */
  isExhausted = false;

  reset(): void {
    this.left = MAX_MATCHING_STEPS;
    this.isExhausted = false;
  }

  /** False, and nothing is left for others either, where it is more than there is. */
  spend(steps: number): boolean {
    if (!this.isExhausted && steps <= this.left) {
      this.left -= steps;
      return true;
    }
    this.isExhausted = true;
    this.left = 0;
    return false;
  }
}
