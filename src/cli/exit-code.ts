/** Exit codes of every command (DESIGN 8). */
export const EXIT = {
  fine: 0,
  /** The answer is no: denied, not served, invalid input. */
  no: 1,
  /** Wrong use: an unknown flag, a missing argument. */
  usage: 2,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
