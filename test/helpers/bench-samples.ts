import type { Sample } from '../../bench/samples.ts';

/** One contender in one round of a bench, with figures of which only the CPU time matters. */
export const sample = (lane: string, round: number, cpu: number, more: Partial<Sample> = {}): Sample => ({
  round,
  lane,
  requests: 1000,
  requestsPerSecond: 10_000,
  offeredPerSecond: null,
  cpuMicrosecondsPerRequest: cpu,
  instructionsPerRequest: null,
  p50Microseconds: 100,
  p99Microseconds: 900,
  residentBytes: 2_097_152,
  errors: 0,
  loadCoreBusy: 0.5,
  ownBusy: 0.9,
  foreignBusy: 0.01,
  stolen: 0,
  changeMilliseconds: [],
  isVoid: false,
  ...more,
});
