/** One contender in one round. */
export type Sample = {
  readonly round: number;
  readonly lane: string;
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** What was offered; null: as much as goes. */
  readonly offeredPerSecond: number | null;
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
  /** Share of a core that the contender's own processes took. */
  readonly ownBusy: number;
  /** Share of the proxy's core that somebody else took. */
  readonly foreignBusy: number;
  /** Share of the time that the hypervisor took from one of the two cores, the worse of them. */
  readonly stolen: number;
  /** Milliseconds until each change of a host was seen. */
  readonly changeMilliseconds: readonly number[];
  /** True where the load generator may have been the bottleneck, or a neighbour was busy: shown, not compared. */
  readonly isVoid: boolean;
};

/** One process of a contender. */
export type ProcessMemory = {
  readonly role: 'primary' | 'worker';
  /** All pages that are in memory, those of Node's own binary too, which all of its processes share. */
  readonly residentBytes: number;
  /** Shared pages divided by those who share them (Pss). */
  readonly proportionalBytes: number;
  /** Pages that nobody else has. */
  readonly privateBytes: number;
};

/** The memory of one contender under connections that ask without a pause. */
export type BusyMemory = {
  readonly lane: string;
  readonly connections: number;
  readonly processes: readonly ProcessMemory[];
};

/** What connections cost that stay open between two requests. */
export type IdleMemory = {
  readonly lane: string;
  readonly connections: number;
  /** Of the worker: growth of its private pages, divided by the connections. */
  readonly privateBytesEach: number;
  /** Growth of V8's heap and of what it holds outside, after a collection; null for those without one. */
  readonly heapBytesEach: number | null;
};

/** What becomes of a router that is asked for three times what it can give. */
export type OverloadFigures = {
  readonly capacityPerSecond: number;
  readonly offeredPerSecond: number;
  readonly before: Latencies;
  readonly admitted: Latencies;
  readonly refused: Latencies;
  /** Neither answered nor refused: reset, or without an answer in time. */
  readonly failed: number;
  /** Due, but more connections were under way than the generator opens. */
  readonly unsent: number;
  /** Null where this checkout has no admin port. */
  readonly health: Latencies | null;
  readonly healthFailed: number;
  /** From the end of the load; null where it did not recover while it was watched. */
  readonly recoveryMs: number | null;
};

/** One contender's neighbours in one round, alone and beside a noisy client. */
export type NoiseFigures = {
  readonly lane: string;
  readonly quiet: Latencies;
  readonly noisy: Latencies;
  /** The origin asked without a proxy while the noise goes on: what the generators' own core adds. */
  readonly floor: Latencies;
  readonly noisePerSecond: number;
  readonly errors: number;
  /** True where one of the two measurements was void: shown, not compared. */
  readonly isVoid: boolean;
};

/** All 0 where nothing was counted. */
export type Latencies = { readonly perSecond: number; readonly p50Us: number; readonly p99Us: number };

/** What one scenario gave. */
export type ScenarioResult = CostResult | BusyMemoryResult | IdleMemoryResult | OverloadResult | NoiseResult;

type ResultBase = {
  readonly scenario: string;
  readonly about: string;
  /** Contenders that took no part, and why. */
  readonly absent: Readonly<Record<string, string>>;
};

export type BusyMemoryResult = ResultBase & {
  readonly kind: 'busy-memory';
  readonly figures: readonly BusyMemory[];
};

export type IdleMemoryResult = ResultBase & {
  readonly kind: 'idle-memory';
  readonly figures: readonly IdleMemory[];
};

export type OverloadResult = ResultBase & {
  readonly kind: 'overload';
  readonly figures: readonly OverloadFigures[];
};

export type NoiseResult = ResultBase & {
  readonly kind: 'noise';
  readonly figures: readonly NoiseFigures[];
};

export type CostResult = ResultBase & {
  readonly kind: 'cost';
  /** The one to which all are compared. */
  readonly reference: string;
  readonly samples: readonly Sample[];
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
