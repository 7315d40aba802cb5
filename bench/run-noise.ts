import { setTimeout as wait } from 'node:timers/promises';
import { type BenchWorld, LOAD_CORE, PROXY_CORE } from './bench-world.ts';
import { finished } from './children.ts';
import { portablePath } from './contenders/sluice-command.ts';
import { freePort } from './free-ports.ts';
import type { Job } from './job.ts';
import { type Lane, startLane } from './lane.ts';
import { h2loadCommand, parseH2load } from './load/h2load.ts';
import type { SteadyUpload } from './load/steady-upload.ts';
import { quietMoment } from './measure/quiet-moment.ts';
import { isDisturbed, measureLane } from './measure-lane.ts';
import { givenRate } from './rates.ts';
import { inTurn } from './rounds.ts';
import type { RunOptions } from './run-options.ts';
import type { Latencies, NoiseFigures, NoiseResult, Sample } from './samples.ts';
import type { Scenario } from './scenarios.ts';
import { warmUp } from './warm-up.ts';

/** Void rounds are made up for, but not for ever. */
const MOST_ROUNDS_FACTOR = 3;
const QUIET_WAIT_MS = 5_000;
/** Until the noise has its connections and is at its height. */
const NOISE_BEGINS_MS = 700;
/** What each measurement takes besides its seconds: the generator's start and what it does not count. */
const AROUND_MEASUREMENT_SECONDS = 2;
/** Of noise alone: as for the other scenarios, what is compiled while it is measured is nobody's figure. */
const WARM_UP_SECONDS = 1;
const NOISY_STREAMS = 100;
const NOISY_UPLOADS = 4;

/**
 * Behind everybody else on the generators' core: what the noise takes there is nobody's latency, and what is measured is
 * the contender.
 */
const BEHIND = ['chrt', '--idle', '0'];

/** The noise leads to a pool that the neighbours do not ask; its origin gives way to theirs. */
const startNoiseOrigin = async (world: BenchWorld): Promise<Job['ports']> => {
  const body = { stable: await freePort(), edge: await freePort() };
  const origin = portablePath('../origin/body-origin.ts');
  world.children.start(LOAD_CORE, [...BEHIND, process.execPath, origin, `${body.stable}`, `${body.edge}`]);
  return { web: world.ports.web, body };
};

/** A client that leaves no pause; resolves to what it got done a second. */
const makeNoise = async (world: BenchWorld, lane: Lane, options: NoiseOptions): Promise<number> => {
  const { scenario } = options;
  const seconds = Math.ceil((options.seconds + AROUND_MEASUREMENT_SECONDS) * 2 + NOISE_BEGINS_MS / 1000);
  const timeoutMs = seconds * 1000 + 30_000;
  const run = async (command: readonly string[]): Promise<string> =>
    finished(world.children.start(LOAD_CORE, [...BEHIND, ...command]), timeoutMs);
  if (scenario.entry === 'tcp') {
    const { bodyPort: port } = lane;
    const task: SteadyUpload = { port, connections: NOISY_UPLOADS, durationMs: seconds * 1000 };
    const script = portablePath('../load/steady-upload.ts');
    const printed = await run([process.execPath, script, JSON.stringify(task)]);
    const result = JSON.parse(printed) as { readonly requests: number; readonly seconds: number };
    return result.requests / result.seconds;
  }
  const ask = { kind: 'streams', connections: 1, streams: NOISY_STREAMS } as const;
  const { entry } = scenario;
  const command = h2loadCommand({ entry, port: lane.port, seconds, ask, path: '/upload/noise' });
  const result = parseH2load(await run(command), '');
  return result === undefined ? 0 : result.requests / result.seconds;
};

type NoiseOptions = { readonly scenario: Scenario; readonly seconds: number };

const latenciesOf = (sample: Sample): Latencies => ({
  perSecond: sample.requestsPerSecond,
  p50Us: sample.p50Microseconds,
  p99Us: sample.p99Microseconds,
});

const measureNoise = async (
  world: BenchWorld,
  lane: Lane,
  options: NoiseOptions & { readonly round: number },
): Promise<NoiseFigures> => {
  const { scenario, seconds, round } = options;
  const spec = { scenario, seconds, round, ratePerSecond: givenRate(scenario.load), withInstructions: false };
  await quietMoment([PROXY_CORE, LOAD_CORE], QUIET_WAIT_MS);
  const quiet = await measureLane(world, lane, spec);
  const noise = makeNoise(world, lane, options);
  // Looked at below, after what is measured beside it.
  noise.catch(() => undefined);
  await wait(NOISE_BEGINS_MS);
  const noisy = await measureLane(world, lane, spec);
  const direct: Lane = { ...lane, name: 'direct', port: world.ports.web.stable, child: null };
  const floor = await measureLane(world, direct, spec);
  return {
    lane: lane.name,
    quiet: latenciesOf(quiet),
    noisy: latenciesOf(noisy),
    floor: latenciesOf(floor),
    noisePerSecond: await noise,
    errors: quiet.errors + noisy.errors,
    // The noise takes all that is left of the generators' core, and gives way: how busy that is says nothing here.
    isVoid: quiet.isVoid || isDisturbed(noisy),
  };
};

const noiseLine = (round: number, { lane, quiet, noisy, noisePerSecond, isVoid }: NoiseFigures): string =>
  `  round ${round} ${lane}: p99 ${quiet.p99Us} µs alone, ${noisy.p99Us} µs beside ${Math.round(noisePerSecond)}/s${isVoid ? ' (void)' : ''}`;

const measureRounds = async (
  world: BenchWorld,
  lanes: readonly Lane[],
  { scenario, options }: { readonly scenario: Scenario; readonly options: RunOptions },
): Promise<readonly NoiseFigures[]> => {
  const figures: NoiseFigures[] = [];
  const isShort = ({ name }: Lane): boolean =>
    figures.filter(({ lane, isVoid }) => lane === name && !isVoid).length < options.rounds;
  for (let round = 1; round <= options.rounds * MOST_ROUNDS_FACTOR; round += 1) {
    for (const lane of inTurn(lanes.filter(isShort), round - 1)) {
      if (options.isStopping()) return figures;
      const measured = await measureNoise(world, lane, { scenario, seconds: options.seconds, round });
      figures.push(measured);
      options.print(noiseLine(round, measured));
    }
  }
  return figures;
};

/** All contenders up; each one's neighbours are measured alone, and then beside a noisy client of the same contender. */
export const runNoise = async (
  world: BenchWorld,
  scenario: Scenario,
  options: RunOptions,
): Promise<NoiseResult> => {
  const lanes: Lane[] = [];
  const absent: Record<string, string> = {};
  const ports = await startNoiseOrigin(world);
  try {
    for (const contender of options.contenders.filter(({ name }) => name !== 'direct')) {
      if (options.isStopping()) break;
      const { name } = contender;
      const started = await startLane(world, contender, { scenario, hostCount: scenario.hosts, name, ports });
      if (!started.ok) absent[name] = started.why;
      else {
        lanes.push(started.lane);
        const why = await warmUp(world, started.lane, scenario);
        if (why !== undefined) absent[name] = why;
        // What the noise leads through is compiled then too.
        else await makeNoise(world, started.lane, { scenario, seconds: WARM_UP_SECONDS });
      }
    }
    const healthy = lanes.filter(({ name }) => absent[name] === undefined);
    const figures = await measureRounds(world, healthy, { scenario, options });
    return { kind: 'noise', scenario: scenario.name, about: scenario.about, figures, absent };
  } finally {
    for (const { child } of lanes) if (child !== null) await world.children.stop(child);
  }
};
