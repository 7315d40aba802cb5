import { availableParallelism } from 'node:os';
import { coreTicks, usageOf } from '../measure/machine.ts';
import { quietMoment } from '../measure/quiet-moment.ts';
import type { Caller } from './open-loop.ts';
import type { Call } from './reviews.ts';
import type { Round } from './summary.ts';

export const RATE_PER_SECOND = 200;
const BURST = 150;
const WARM_UP_MS = 2_000;

/** Void rounds are made up for, but not for ever: somebody else may keep the machine busy. */
const MOST_ROUNDS_FACTOR = 2;
const QUIET_WAIT_MS = 3_000;

/** Share of all cores that others may take; a few milliseconds of a queue for a core are what is to be measured. */
const OTHERS_MOST = 0.15;

const TICKS_PER_SECOND = 100;
const CORES = Array.from({ length: availableParallelism() }, (_, core) => core);

export type Webhook = {
  readonly ingresses: number;
  readonly pid: number;
  readonly caller: Caller;
  stop(): void;
};

export type Terms = {
  readonly calls: readonly Call[];
  readonly rounds: number;
  readonly durationMs: number;
  /** Nobody waits for a quiet machine or a warm one: shows that all of it works, and no figure means anything. */
  readonly isQuick: boolean;
  readonly print: (line: string) => void;
};

/** What one process and the whole machine have used so far, in seconds. */
const spent = async (pid: number) => {
  const [webhook, ours, ticks] = await Promise.all([
    usageOf(pid),
    usageOf(process.pid),
    Promise.all(CORES.map(coreTicks)),
  ]);
  const sum = (of: 'busy' | 'total'): number =>
    ticks.reduce((total, core) => total + core[of], 0) / TICKS_PER_SECOND;
  return { webhook: webhook.cpuSeconds, ours: ours.cpuSeconds, busy: sum('busy'), total: sum('total') };
};

const measure = async (
  { caller, pid, ingresses }: Webhook,
  round: number,
  { calls, durationMs, isQuick }: Terms,
): Promise<Round> => {
  if (!isQuick) await quietMoment(CORES, QUIET_WAIT_MS);
  const before = await spent(pid);
  const { latencies, failures } = await caller.openLoop({
    calls,
    ratePerSecond: RATE_PER_SECOND,
    durationMs,
    seed: round + 1,
  });
  const burst = await caller.burst(calls.slice(0, BURST));
  const after = await spent(pid);
  const others = (after.busy - before.busy - (after.ours - before.ours)) / (after.total - before.total);
  return {
    round,
    ingresses,
    reviews: latencies.count,
    failures: failures + burst.failures,
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99),
    largest: latencies.largest,
    cpu: ((after.webhook - before.webhook) * 1e6) / (latencies.count + burst.latencies.count),
    burst: burst.latencies.largest,
    others,
    isVoid: !isQuick && others > OTHERS_MOST,
  };
};

const lineOf = ({ round, ingresses, p50, p99, failures, others, isVoid }: Round): string =>
  `round ${round + 1}, ${ingresses} Ingresses: median ${p50} µs, p99 ${p99} µs, ${failures} failed, others ${Math.round(others * 100)} %${isVoid ? ' (void)' : ''}`;

/** Rounds until enough are valid; the order changes, so that no size always has the quiet moment. */
export const measureInTurn = async (webhooks: readonly Webhook[], terms: Terms): Promise<Round[]> => {
  const measured: Round[] = [];
  for (const webhook of terms.isQuick ? [] : webhooks)
    await measure(webhook, 0, { ...terms, durationMs: WARM_UP_MS });
  let valid = 0;
  for (let round = 0; valid < terms.rounds && round < MOST_ROUNDS_FACTOR * terms.rounds; round += 1) {
    const ofRound: Round[] = [];
    for (const webhook of round % 2 === 0 ? webhooks : webhooks.toReversed()) {
      const one = await measure(webhook, round, terms);
      terms.print(lineOf(one));
      ofRound.push(one);
    }
    if (!ofRound.some(({ isVoid }) => isVoid)) valid += 1;
    measured.push(...ofRound);
  }
  return measured;
};
