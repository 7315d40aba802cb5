// `npm run bench:admission`: reviews per second over HTTPS, with few and with many Ingresses in the index, in turn.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Caller } from './open-loop.ts';
import { reviewCalls } from './reviews.ts';
import { measureInTurn, RATE_PER_SECOND, type Webhook } from './rounds.ts';
import { isServing } from './serving.ts';
import { admissionMarkdown, outcomeOf } from './summary.ts';

/** Writes that differ; each is two calls. */
const WRITES = 200;
const QUICK_MS = 300;

const HELP = `npm run bench:admission -- [FLAGS]

Open loop, ${RATE_PER_SECOND} reviews a second, answered by the webhook's HTTPS server from an index of 10 and of 10,000
Ingresses, in turn. Exit code 1 if what must be reached is missed. A round in which others worked is void, and made up
for up to twice as many.

  --rounds N     valid rounds of each size, 1 to 100 (default: 5)
  --seconds N    length of a round, 1 to 60 (default: 3)
  --few N        Ingresses in the small index (default: 10)
  --many N       Ingresses in the large index (default: 10000)
  --quick        one round of 300 ms that waits for nothing: does it work at all?
  --help         print this
`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const startWebhook = async (ingresses: number): Promise<Webhook> => {
  const child = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), [`${ingresses}`]);
  const [message]: unknown[] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
  if (!isServing(message)) throw new Error(`the webhook with ${ingresses} Ingresses did not start`);
  const caller = new Caller(message);
  return {
    ingresses,
    pid: child.pid ?? -1,
    caller,
    stop: () => {
      caller.close();
      child.disconnect();
    },
  };
};

const numberOf = (flag: string, text: string, most: number): number => {
  if (/^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= most) return Number(text);
  throw new RangeError(`--${flag} is a whole number from 1 to ${most}, not ${JSON.stringify(text)}`);
};

const flagsOf = (args: readonly string[]) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      few: { type: 'string', default: '10' },
      many: { type: 'string', default: '10000' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    isHelp: values.help,
    isQuick: values.quick,
    rounds: values.quick ? 1 : numberOf('rounds', values.rounds, 100),
    durationMs: values.quick ? QUICK_MS : 1000 * numberOf('seconds', values.seconds, 60),
    sizes: [numberOf('few', values.few, 100_000), numberOf('many', values.many, 100_000)],
  };
};

const run = async ({ sizes, ...terms }: ReturnType<typeof flagsOf>): Promise<boolean> => {
  const calls = reviewCalls(WRITES);
  const webhooks: Webhook[] = [];
  try {
    for (const size of sizes) webhooks.push(await startWebhook(size));
    const measured = await measureInTurn(webhooks, {
      ...terms,
      calls,
      print,
    });
    print(`\n${admissionMarkdown(measured)}`);
    return outcomeOf(measured).isReached;
  } finally {
    for (const webhook of webhooks) webhook.stop();
  }
};

/** Null: wrong use, and it has been said. */
const flagsOrComplaint = (args: readonly string[]): ReturnType<typeof flagsOf> | null => {
  try {
    return flagsOf(args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`bench:admission: ${message}\n(run with --help for what there is)\n`);
    return null;
  }
};

const flags = flagsOrComplaint(process.argv.slice(2));
if (flags === null) process.exitCode = 2;
else if (flags.isHelp) process.stdout.write(HELP);
else process.exitCode = (await run(flags)) ? 0 : 1;
