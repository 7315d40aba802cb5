/** One way to do a thing; the argument picks one of the prepared inputs. */
export type Way = { readonly name: string; readonly run: (at: number) => unknown };

const CALLS = 100_000;
const ROUNDS = 15;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const nanosecondsACall = ({ run }: Way): number => {
  const start = process.hrtime.bigint();
  for (let at = 0; at < CALLS; at += 1) run(at);
  return Number(process.hrtime.bigint() - start) / CALLS;
};

/**
 * Prints what each way costs: in turn within each round, since the machine's speed changes from second to
 * second, and as the median of the ratios to the first way. Run it pinned: `taskset -c 0 node bench/micro/….ts`.
 */
export const compare = (title: string, ways: readonly Way[]): void => {
  const costs = ways.map((): number[] => []);
  for (let round = -2; round < ROUNDS; round += 1) {
    for (const [at, way] of ways.entries()) {
      const cost = nanosecondsACall(way);
      if (round >= 0) costs[at]?.push(cost);
    }
  }
  process.stdout.write(`${title}\n`);
  for (const [at, { name }] of ways.entries()) {
    const own = costs[at] ?? [];
    const ratio = median(own.map((cost, round) => cost / (costs[0]?.[round] ?? Number.NaN)));
    const figures = `${median(own).toFixed(0).padStart(6)} ns  x ${ratio.toFixed(2)}`;
    process.stdout.write(`  ${name.padEnd(56)}${figures}\n`);
  }
};
