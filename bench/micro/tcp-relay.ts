// What relaying 1 MiB costs, and what a quiet neighbour feels of somebody who floods: our relay against HAProxy in
// mode tcp, in turn. `node bench/micro/tcp-relay.ts [ROUNDS [cpu]]`; the relays run on core 0, all else on the others.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bindListener } from '../../router/workers/listening-handle.ts';
import { parseProcessStat } from '../measure/process-stat.ts';
import { median } from '../statistics.ts';

const rounds = Number(process.argv[2] ?? 5);
const FLOOD_MS = 2_000;
const FLOODS = 16;
const QUIET_REQUESTS = 500;
const US_PER_TICK = 10_000;

type Latency = { readonly p50: number; readonly p99: number };
type Contender = { readonly name: string; readonly pid: number; readonly port: number };

const children: ChildProcess[] = [];

const start = (core: string, role: string, ...args: readonly number[]): ChildProcess => {
  const script = fileURLToPath(new URL('./tcp-relaying-worker.ts', import.meta.url));
  const child = fork(script, [role, ...args.map(String)]);
  spawn('taskset', ['-acp', core, String(child.pid)], { stdio: 'ignore' });
  children.push(child);
  return child;
};

const answerOf = async <T>(child: ChildProcess): Promise<T> => {
  const [message] = (await once(child, 'message')) as [T];
  return message;
};

const startHaproxy = async (name: string, origin: number, option: string): Promise<Contender> => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-micro-'));
  const handle = bindListener(0, '127.0.0.1');
  handle.close();
  const config = `global
  nbthread 1
defaults
  mode tcp
  ${option}
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen relay
  bind 127.0.0.1:${handle.port}
  server s1 127.0.0.1:${origin}
`;
  await writeFile(join(folder, 'haproxy.cfg'), config);
  const child = spawn('taskset', ['-c', '0', 'haproxy', '-db', '-f', join(folder, 'haproxy.cfg')], {
    stdio: 'ignore',
  });
  children.push(child);
  child.once('exit', () => void rm(folder, { recursive: true, force: true }));
  for (let turn = 0; turn < 100; turn += 1) {
    const socket = connect(handle.port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) break;
    await wait(50);
  }
  return { name, pid: child.pid ?? 0, port: handle.port };
};

const cpuTicks = async ({ pid }: Contender): Promise<number> =>
  parseProcessStat(await readFile(`/proc/${pid}/stat`, 'utf8'))?.cpuTicks ?? Number.NaN;

const flood = async <T>(
  { port }: Contender,
  work: () => Promise<T>,
): Promise<{ readonly bodies: number; readonly result: T }> => {
  const child = start('1', 'flood', port, FLOODS);
  // The first body has come: it is under way.
  await answerOf(child);
  const result = await work();
  const bodies = answerOf<number>(child);
  child.send('stop');
  return { bodies: await bodies, result };
};

const quiet = ({ port }: Contender): Promise<Latency> => answerOf(start('1', 'quiet', port, QUIET_REQUESTS));

/** CPU µs of the relay for 1 MiB. */
const costOf = async (contender: Contender): Promise<number> => {
  const before = await cpuTicks(contender);
  const { bodies } = await flood(contender, () => wait(FLOOD_MS));
  return (((await cpuTicks(contender)) - before) * US_PER_TICK) / bodies;
};

const end = (): void => {
  for (const child of children) child.kill();
};
process.on('SIGTERM', () => {
  end();
  process.exit(1);
});

const origin = start('1', 'origin');
const originPort = await answerOf<number>(origin);
const relay = start('0', 'relay', originPort);
const contenders: readonly Contender[] = [
  { name: 'sluice', pid: relay.pid ?? 0, port: await answerOf<number>(relay) },
  await startHaproxy('haproxy', originPort, ''),
  await startHaproxy('haproxy splice-auto', originPort, 'option splice-auto'),
];
const lines = new Map<string, number[]>();
const note = (key: string, value: number): void => {
  lines.set(key, [...(lines.get(key) ?? []), value]);
};
try {
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      note(`${contender.name}: CPU µs for 1 MiB`, await costOf(contender));
      if (process.argv[3] === 'cpu') continue;
      const alone = await quiet(contender);
      const { result: beside } = await flood(contender, () => quiet(contender));
      note(`${contender.name}: p99 alone, µs`, alone.p99);
      note(`${contender.name}: p99 beside ${FLOODS} floods, µs`, beside.p99);
      note(`${contender.name}: p50 alone, µs`, alone.p50);
      note(`${contender.name}: p50 beside ${FLOODS} floods, µs`, beside.p50);
      note(`${contender.name}: p99 beside / alone`, beside.p99 / alone.p99);
    }
  }
  for (const [key, values] of lines)
    console.log(`${key}: ${median(values).toFixed(2)} (${values.map(value => value.toFixed(1)).join(', ')})`);
} finally {
  end();
}
