/** What the open-loop generator is told. */
export type OpenLoopTask = {
  readonly kind: 'get' | 'web-socket';
  readonly port: number;
  readonly connections: number;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  /** Latencies of requests that were due earlier are not counted: connections and code have to warm up. */
  readonly settleMs: number;
  readonly hostCount: number;
};
