import type { ExecutionContext } from 'ava';
import { curl } from './example-curl.ts';
import { redisCli, sentText } from './example-redis.ts';
import { type RunningExample, startExample } from './example-start.ts';
import { shellWords } from './shell-example.ts';

/** What a document's reader has in a terminal: one example at a time, and tools that talk to it. */
export type ExampleSession = {
  /** What a command prints; undefined where it is none about examples. */
  run(command: string): Promise<string | undefined>;
};

/** `npm start`, `npm run example -- NAME`: the name; undefined for every other command. */
const startedBy = (command: string): string | undefined =>
  command === 'npm start' ? 'taobao' : /^npm run example -- ([\w-]+)$/.exec(command)?.[1];

/** `printf TEXT | nc [-s FROM] HOST PORT`: what is sent, and where. */
const PIPED = /^printf '([^']*)' \| nc (?:-s (\S+) )?127\.0\.0\.1 (\d+)$/;

const unescaped = (text: string): string => text.replaceAll('\\r', '\r').replaceAll('\\n', '\n');

const REDIS = /^redis-cli -p (\d+) (.+)$/;

/** Examples start on copies, on ports that are free; what is printed and asked has the documents' ports. */
export const exampleSession = (t: ExecutionContext): ExampleSession => {
  let running: RunningExample | undefined;
  const example = async (): Promise<RunningExample> => {
    running ??= await startExample(t, 'taobao');
    return running;
  };
  return {
    run: async command => {
      const name = startedBy(command);
      if (name !== undefined) {
        await running?.process.end();
        running = await startExample(t, name);
        return running.output;
      }
      const [, text, from, port] = PIPED.exec(command) ?? [];
      if (text !== undefined) {
        const address = { port: (await example()).portOf(Number(port)), ...(from && { from }) };
        return (await sentText(address, unescaped(text))).replaceAll('\r', '');
      }
      const [, redisPort, words] = REDIS.exec(command) ?? [];
      if (words !== undefined) {
        const address = { port: (await example()).portOf(Number(redisPort)) };
        return `${await redisCli(address, shellWords(words))}\n`;
      }
      const [program, ...args] = shellWords(command);
      return program === 'curl' ? curl(args, await example()) : undefined;
    },
  };
};
