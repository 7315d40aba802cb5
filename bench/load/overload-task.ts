/** What the generator of an overload is told. */
export type OverloadTask = {
  readonly port: number;
  /** Null: there is no health endpoint to be asked. */
  readonly adminPort: number | null;
  readonly oldConnections: number;
  /** Before the overload, on the old connections alone. */
  readonly ratePerSecondBefore: number;
  readonly ratePerSecond: number;
  readonly beforeMs: number;
  readonly durationMs: number;
};
