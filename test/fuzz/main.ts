import { parseArgs } from 'node:util';
import { startFuzzWorld } from './fuzz-world.ts';
import { type FuzzFailure, judgedInput, runFuzz } from './run-fuzz.ts';

const USAGE = `npm run fuzz -- [--inputs N] [--seed S]     generated requests through the real engine, judged by strict llhttp
npm run fuzz -- --replay HEX [--cuts 3,17]  one input again`;

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '50000' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    cuts: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

const wholeNumber = (text: string, flag: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`--${flag} must be a whole number, not ${JSON.stringify(text)}\n${USAGE}`);
  process.exit(2);
};

const report = ({ problem, input }: FuzzFailure): void => {
  console.log(`FAILED: ${problem}`);
  if (input === null) return;
  console.log(`  input: ${JSON.stringify(input.bytes)}`);
  const cuts = input.cuts.length === 0 ? '' : ` --cuts ${input.cuts.join()}`;
  console.log(
    `  again: npm run fuzz -- --replay ${Buffer.from(input.bytes, 'latin1').toString('hex')}${cuts}`,
  );
};

const replay = async (hex: string, cuts: readonly number[]): Promise<number> => {
  const world = await startFuzzWorld();
  const input = { bytes: Buffer.from(hex, 'hex').toString('latin1'), cuts };
  const { problem, passed, read } = await judgedInput(world, 0, input);
  const problems = [...(problem === undefined ? [] : [problem]), ...world.problems];
  await world.close();
  for (const text of problems) report({ problem: text, input });
  console.log(`${passed} passed, llhttp reads ${read}: ${problems.length === 0 ? 'fine' : 'failed'}`);
  return problems.length === 0 ? 0 : 1;
};

const fuzz = async (): Promise<number> => {
  const inputs = wholeNumber(values.inputs, 'inputs');
  const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : wholeNumber(values.seed, 'seed');
  const startMs = performance.now();
  const summary = await runFuzz({
    inputs,
    seed,
    onProgress: done => {
      if (done % 100_000 === 0) console.log(`${done} inputs`);
    },
  });
  summary.failures.forEach(report);
  const mebibytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
  console.log(
    `fuzz: seed ${seed}, ${summary.inputs} inputs, ${summary.refused} refused, ${summary.passed} requests passed of ` +
      `${summary.readByLlhttp} that llhttp reads, heap ${mebibytes(summary.heapGrowthBytes)} and process ` +
      `${mebibytes(summary.rssGrowthBytes)} more than when warm, ${Math.round((performance.now() - startMs) / 1000)} s, ` +
      `${summary.failures.length} failures`,
  );
  return summary.failures.length === 0 ? 0 : 1;
};

/** A bug that escapes to the process is the very thing that is looked for: it must not look like success. */
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    console.log(`FAILED: ${event}`, error);
    process.exit(1);
  });
}

if (values.help) console.log(USAGE);
else if (values.replay === undefined) process.exitCode = await fuzz();
else
  process.exitCode = await replay(
    values.replay,
    values.cuts === '' ? [] : values.cuts.split(',').map(Number),
  );
