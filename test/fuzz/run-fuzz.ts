import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { llhttpReads } from '../helpers/llhttp-oracle.ts';
import { fuzzVerdict, withoutUpgrade } from './fuzz-verdict.ts';
import { type FuzzWorld, startFuzzWorld } from './fuzz-world.ts';
import { type FuzzInput, generatedInput } from './generated-input.ts';
import { SeededRandom } from './seeded-random.ts';

/** Connections at a time. */
const LANES = 32;
/** What the heap may have grown by once everything has gone, compared with a moment when the code was warm. */
const MAX_HEAP_GROWTH_BYTES = 16 * 1_048_576;
/** The young generation alone may come and go with some 64 MiB. */
const MAX_RSS_GROWTH_BYTES = 160 * 1_048_576;
const MAX_FAILURES = 5;

export type FuzzFailure = { readonly problem: string; readonly input: FuzzInput | null };

export type FuzzSummary = {
  readonly seed: number;
  readonly inputs: number;
  /** Requests that reached the origin whole. */
  readonly passed: number;
  /** Requests that llhttp reads in the same bytes: the difference is what we refuse beyond it. */
  readonly readByLlhttp: number;
  /** Inputs that the router refused somewhere. */
  readonly refused: number;
  readonly heapGrowthBytes: number;
  readonly rssGrowthBytes: number;
  readonly failures: readonly FuzzFailure[];
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

type Memory = { readonly heap: number; readonly rss: number };

const memoryAtRest = async (): Promise<Memory> => {
  // Finalizers free handles in a later turn, and what they held in a later collection.
  for (let round = 0; round < 4; round += 1) {
    collectGarbage();
    await setImmediate();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
};

/** Inputs that were under way when the process was stopped go again, from addresses that no others have. */
const AGAIN = 0x40_0000;

/** What is wrong with this input's passage, and how many requests passed and could have. */
export const judgedInput = async (
  world: FuzzWorld,
  number: number,
  input: FuzzInput,
): Promise<{ readonly problem: string | undefined; readonly passed: number; readonly read: number }> => {
  const [passing, read] = await Promise.all([
    world.pass(number, input),
    llhttpReads(withoutUpgrade(input.bytes)),
  ]);
  const passed = passing.passed.length;
  const first = passing.problem ?? fuzzVerdict(passing.passed, read);
  if (first === undefined) return { problem: undefined, passed, read: read.length };
  if (passing.wasStopped && number < AGAIN) return judgedInput(world, number + AGAIN, input);
  // The oracle reads in turns of an event loop that is busy: alone it has the last word.
  const problem =
    passing.problem ?? fuzzVerdict(passing.passed, await llhttpReads(withoutUpgrade(input.bytes)));
  return { problem, passed, read: read.length };
};

const settled = async (world: FuzzWorld): Promise<void> => {
  for (let turn = 0; turn < 5_000 && world.held() > 0; turn += 1) await setImmediate();
};

/** Runs `inputs` generated inputs through the real engine; ends early after a few failures. */
export const runFuzz = async ({
  inputs,
  seed,
  onProgress,
}: {
  readonly inputs: number;
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}): Promise<FuzzSummary> => {
  const world = await startFuzzWorld();
  const random = new SeededRandom(seed);
  const failures: FuzzFailure[] = [];
  let begun = 0;
  let passed = 0;
  let readByLlhttp = 0;
  const run = async (until: number): Promise<void> => {
    const lane = async (): Promise<void> => {
      while (begun < until && failures.length < MAX_FAILURES) {
        const number = begun;
        begun += 1;
        const input = generatedInput(random);
        const judged = await judgedInput(world, number, input);
        passed += judged.passed;
        readByLlhttp += judged.read;
        if (judged.problem !== undefined) failures.push({ problem: judged.problem, input });
        if ((number + 1) % 10_000 === 0) onProgress?.(number + 1);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    await settled(world);
  };
  await run(Math.ceil(inputs / 5));
  const warm = await memoryAtRest();
  await run(inputs);
  const last = await memoryAtRest();
  const { refused = 0 } = world.counters();
  const held = world.held();
  const { problems } = world;
  const left = await world.close();
  const general = [
    ...problems.slice(0, MAX_FAILURES),
    ...(held > 0 ? [`${held} connections or requests are still held`] : []),
    ...(left > 0 ? [`${left} upstream sockets outlived the router`] : []),
    ...(last.heap - warm.heap > MAX_HEAP_GROWTH_BYTES
      ? [`the heap grew by ${last.heap - warm.heap} bytes`]
      : []),
    ...(last.rss - warm.rss > MAX_RSS_GROWTH_BYTES
      ? [`the process grew by ${last.rss - warm.rss} bytes`]
      : []),
  ];
  return {
    seed,
    inputs: begun,
    passed,
    readByLlhttp,
    refused,
    heapGrowthBytes: last.heap - warm.heap,
    rssGrowthBytes: last.rss - warm.rss,
    failures: [...failures, ...general.map(problem => ({ problem, input: null }))],
  };
};
