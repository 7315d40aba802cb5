/** One contender in one round. */
export type Sample = {
  readonly round: number;
  readonly lane: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Of all the contender's processes together; 0 for the origin alone. */
  readonly cpuMicrosecondsPerRequest: number;
  /** Null where `perf stat` does not count them. */
  readonly instructionsPerRequest: number | null;
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
  readonly residentBytes: number;
  readonly errors: number;
  /** Share of the time that the load generator's core was busy, whoever kept it so. */
  readonly loadCoreBusy: number;
  /** Share of the proxy's core that somebody else took. */
  readonly foreignBusy: number;
  /** Milliseconds until each change of a host was seen. */
  readonly changeMilliseconds: readonly number[];
  /** True where the load generator was the bottleneck: shown, not compared. */
  readonly isVoid: boolean;
};

/** What one scenario gave. */
export type ScenarioResult = {
  readonly scenario: string;
  readonly about: string;
  /** The one to which all are compared. */
  readonly reference: string;
  readonly ratePerSecond: number | null;
  readonly samples: readonly Sample[];
  /** Contenders that took no part, and why. */
  readonly absent: Readonly<Record<string, string>>;
};

export type Report = {
  readonly machine: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly instructions: string;
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly results: readonly ScenarioResult[];
};
