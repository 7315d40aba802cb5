// `npm run soak:floods -- --seconds 30`: S14, each flood of HTTP/2 for that long from a client that comes again whenever it
// is ended, beside a neighbour on the same worker. Exits 1 if a flood is not ended as it has to be, if a request of the
// neighbour fails, or if the worker ends or grows by more than 64 MiB. How long the neighbour waits is printed, not judged.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { EMPTY_PLAN, planDelta } from '../../router/routing/plan-delta.ts';
import { bindListener } from '../../router/workers/listening-handle.ts';
import { Workers } from '../../router/workers/workers.ts';
import { FLOODS } from '../helpers/h2-floods.ts';
import { planTo } from '../helpers/one-host-plan.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import type { FloodResult } from './flood-client.ts';

const complain = (message: string): never => {
  console.error(`soak:floods: ${message}`);
  process.exit(2);
};

const MAX_SECONDS = 600;

const readSeconds = (): number => {
  try {
    const { values } = parseArgs({ options: { seconds: { type: 'string', default: '30' } } });
    const seconds = Number(values.seconds);
    if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
    return complain(`--seconds is a number up to ${MAX_SECONDS}, not ${JSON.stringify(values.seconds)}`);
  } catch (error) {
    return complain(`${error instanceof Error ? error.message : error} (there is --seconds N)`);
  }
};

/** `taskset`, `chrt`: which core a process has, and behind whom. */
const pin = (core: number, pid: number): void => {
  try {
    execFileSync('taskset', ['-cp', `${core}`, `${pid}`], { stdio: 'pipe' });
  } catch (error) {
    complain(`it takes util-linux and two cores: ${error instanceof Error ? error.message : error}`);
  }
};

const SECONDS = readSeconds();
const MAX_GROWTH_BYTES = 64 * 1_048_576;
const MEBIBYTE = 1_048_576;

/** The neighbour's connections, and how far apart its requests are due: 500 a second. */
const CONNECTIONS = 16;
const INTERVAL_MS = 2;
const REPORT_MS = 1_100;

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

// It remembers nothing of what it is asked, which is a million requests.
const origin = createServer((_, response) => response.end('ok'));
origin.listen(0, '127.0.0.1');
await once(origin, 'listening');
const logged: string[] = [];
const workers = new Workers({
  count: 1,
  engine: { h2c: true },
  log: message => logged.push(message),
  now: () => performance.now(),
});
const plan = planTo((origin.address() as AddressInfo).port);
workers.apply(planDelta(EMPTY_PLAN, plan), plan);
const listener = bindListener(0, '127.0.0.1');
await workers.start([{ kind: 'http', handle: listener }]);
const [pid = 0] = workers.pids;
// A core of its own, and the flood behind everybody else on the other one: it is to be no neighbour on the processor.
pin(0, pid);
pin(1, process.pid);

/** One request; resolves with the milliseconds from when it was due, or undefined where no answer came. */
const ask = async (client: RawPeer, dueMs: number): Promise<number | undefined> => {
  client.takeReceived();
  client.write('GET / HTTP/1.1\r\nHost: a.com\r\n\r\n');
  const isAnswered = await client.untilText('\r\n\r\nok').then(
    () => true,
    () => false,
  );
  return isAnswered ? performance.now() - dueMs : undefined;
};

type Waits = { readonly p99Ms: number; readonly asked: number; readonly failed: number };

/** Asks at a given rate until `isDone`, and counts each wait from when the request was due. */
const neighbour = async (isDone: () => boolean): Promise<Waits> => {
  const waits: number[] = [];
  let failed = 0;
  let nextDueMs = performance.now();
  const lane = async (): Promise<void> => {
    const client = await connectRaw(listener.port);
    while (!isDone()) {
      const dueMs = nextDueMs;
      nextDueMs += INTERVAL_MS;
      const early = dueMs - performance.now();
      if (early > 0) await wait(early);
      const waited = await ask(client, dueMs);
      if (waited === undefined) {
        failed += 1;
        break;
      }
      waits.push(waited);
    }
    client.socket.destroy();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  waits.sort((a, b) => a - b);
  return { p99Ms: waits[Math.floor(waits.length * 0.99)] ?? Number.NaN, asked: waits.length, failed };
};

const neighbourFor = (seconds: number): Promise<Waits> => {
  const endMs = performance.now() + seconds * 1_000;
  return neighbour(() => performance.now() >= endMs);
};

/** Reports come once a second: the next one's. */
const residentBytes = async (): Promise<number> => {
  await wait(REPORT_MS);
  return workers.report().residentBytes;
};

const resultOf = async (child: ChildProcess): Promise<FloodResult> => {
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the flood ended with ${code}`);
  return JSON.parse(text) as FloodResult;
};

const CLIENT = new URL('./flood-client.ts', import.meta.url).pathname;
const problems: string[] = [];

const measure = async (name: string): Promise<string> => {
  const alone = await neighbourFor(Math.max(1, SECONDS / 5));
  const before = await residentBytes();
  const command = ['--idle', '0', process.execPath, CLIENT, `${listener.port}`, name, `${SECONDS}`];
  const child = spawn('chrt', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  let isOver = false;
  const flooded = resultOf(child).finally(() => {
    isOver = true;
  });
  const beside = await neighbour(() => isOver);
  const { connections, unexpected } = await flooded;
  const growth = (await residentBytes()) - before;
  if (unexpected > 0)
    problems.push(`${name}: ${unexpected} of ${connections} floods did not end as they should`);
  if (beside.failed > 0) problems.push(`${name}: ${beside.failed} requests of the neighbour failed`);
  if (growth > MAX_GROWTH_BYTES) problems.push(`${name}: the worker holds ${growth} bytes more`);
  const ratio = (beside.p99Ms / alone.p99Ms).toFixed(2);
  return `| ${name} | ${connections} | ${beside.asked} | ${alone.p99Ms.toFixed(2)} | ${beside.p99Ms.toFixed(2)} | ${ratio} | ${(growth / MEBIBYTE).toFixed(1)} |`;
};

// Warm: what is compiled, and what the first requests allocate, is no flood's.
await neighbourFor(2);
console.log('| flood | connections ended | neighbour asked | p99 alone, ms | beside it | ratio | MiB more |');
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
for (const name of Object.keys(FLOODS)) console.log(await measure(name));

if (workers.pids[0] !== pid) problems.push('the worker ended');
problems.push(...logged.map(line => `the worker logged: ${line}`));
workers.kill();
await workers.gone();
origin.closeAllConnections();
origin.close();
for (const problem of problems) console.error(`soak: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
