// How workers share a port (ADR 0011): a listening socket that they inherit, against one each with SO_REUSEPORT.
// Who gets how many connections, what that costs, and what is lost when workers are replaced: `node bench/micro/accepts.ts`
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bindListener, type ListeningHandle } from '../../router/workers/listening-handle.ts';
import { median } from '../statistics.ts';
import type { Accepted, FromAccepting, ToAccepting } from './accepting-worker.ts';

const ROUNDS = 5;
const LOAD_MS = 500;
const KEPT = [4, 64, 500];
const OPENED = ['at once', 'one by one'] as const;
type Opened = (typeof OPENED)[number];
const NEW_AT_A_TIME = 128;
const REPLACED = 4;
const REQUEST = 'GET / HTTP/1.1\r\nHost: micro\r\n\r\n';

const WAYS = ['inherited', 'reusePort'] as const;
type Way = (typeof WAYS)[number];

const tell = (worker: ChildProcess, message: ToAccepting, handle?: ListeningHandle): void => {
  worker.send(message, handle?.native as Parameters<ChildProcess['send']>[1]);
};

const answerOf = async (worker: ChildProcess): Promise<FromAccepting> => {
  const [message] = (await once(worker, 'message')) as [FromAccepting];
  return message;
};

/** Two workers on one port. */
class Pair {
  readonly #way: Way;
  readonly #handle: ListeningHandle | undefined;
  #workers: readonly ChildProcess[] = [];
  port = 0;

  constructor(way: Way) {
    this.#way = way;
    this.#handle = way === 'inherited' ? bindListener(0, '127.0.0.1') : undefined;
  }

  async start(): Promise<void> {
    this.#workers = [await this.#newWorker(), await this.#newWorker()];
  }

  async counts(): Promise<readonly Accepted[]> {
    const answers = this.#workers.map(worker => {
      const answer = answerOf(worker);
      tell(worker, { kind: 'count' });
      return answer;
    });
    return (await Promise.all(answers)).filter(answer => answer.kind === 'accepted');
  }

  /** The successor listens before the older one stops. */
  async replaceOne(): Promise<void> {
    const [old, ...others] = this.#workers;
    this.#workers = [...others, await this.#newWorker()];
    if (old !== undefined) tell(old, { kind: 'leave' });
  }

  stop(): void {
    for (const worker of this.#workers) tell(worker, { kind: 'leave' });
    this.#handle?.close();
  }

  async #newWorker(): Promise<ChildProcess> {
    const worker = fork(fileURLToPath(new URL('./accepting-worker.ts', import.meta.url)));
    const answer = answerOf(worker);
    if (this.#way === 'inherited') tell(worker, { kind: 'inherit' }, this.#handle);
    else tell(worker, { kind: 'reuse-port', port: this.port });
    const listening = await answer;
    if (listening.kind === 'listening') this.port = listening.port;
    return worker;
  }
}

/** A kept connection that asks again as soon as it has its answer. */
const asking = (port: number): Socket => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(REQUEST));
  socket.on('data', () => {
    socket.write(REQUEST);
  });
  socket.on('error', () => undefined);
  return socket;
};

/** One request on a connection of its own; false where it was reset or refused. */
const askOnce = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(REQUEST));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });

type Figures = { readonly shareOfFirst: number; readonly cpuEach: number };

const between = (
  before: readonly Accepted[],
  after: readonly Accepted[],
  of: (accepted: Accepted) => number,
): Figures => {
  const grown = (figure: (accepted: Accepted) => number): readonly number[] =>
    after.map((worker, at) => figure(worker) - (before[at] === undefined ? 0 : figure(before[at])));
  const counts = grown(of);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cpu = grown(({ cpuMicroseconds }) => cpuMicroseconds).reduce((sum, each) => sum + each, 0);
  return { shareOfFirst: (counts[0] ?? Number.NaN) / total, cpuEach: cpu / total };
};

const opened = async (port: number, connections: number, how: Opened): Promise<readonly Socket[]> => {
  const sockets: Socket[] = [];
  for (let i = 0; i < connections; i += 1) {
    const socket = asking(port);
    sockets.push(socket);
    if (how === 'one by one') await once(socket, 'data');
  }
  return sockets;
};

const keptLoad = async (pair: Pair, connections: number, how: Opened): Promise<Figures> => {
  const sockets = await opened(pair.port, connections, how);
  await wait(100);
  const before = await pair.counts();
  await wait(LOAD_MS);
  const after = await pair.counts();
  for (const socket of sockets) socket.destroy();
  await wait(50);
  return between(before, after, ({ requests }) => requests);
};

/** New connections without a pause, until it is over; how many there were and how many were lost. */
const newLoad = async (port: number, isOver: () => boolean): Promise<{ all: number; lost: number }> => {
  let all = 0;
  let lost = 0;
  const one = async (): Promise<void> => {
    while (!isOver()) {
      if (!(await askOnce(port))) lost += 1;
      all += 1;
    }
  };
  await Promise.all(Array.from({ length: NEW_AT_A_TIME }, one));
  return { all, lost };
};

const newConnections = async (pair: Pair): Promise<Figures> => {
  const before = await pair.counts();
  const endMs = performance.now() + LOAD_MS;
  await newLoad(pair.port, () => performance.now() > endMs);
  return between(before, await pair.counts(), ({ connections }) => connections);
};

const replacing = async (pair: Pair): Promise<{ all: number; lost: number }> => {
  let isOver = false;
  const load = newLoad(pair.port, () => isOver);
  for (let i = 0; i < REPLACED; i += 1) {
    await pair.replaceOne();
    await wait(200);
  }
  isOver = true;
  return load;
};

type Row = { readonly way: Way; readonly what: string; readonly figures: Figures[] };

const keptName = (count: number, how: Opened): string => `${count} kept, opened ${how}`;

const NAMES = [...KEPT.flatMap(count => OPENED.map(how => keptName(count, how))), 'new connections'];
const rows: Row[] = NAMES.flatMap(what => WAYS.map(way => ({ way, what, figures: [] })));
const losses = { inherited: { all: 0, lost: 0 }, reusePort: { all: 0, lost: 0 } };

const note = (way: Way, what: string, figures: Figures): void => {
  rows.find(row => row.way === way && row.what === what)?.figures.push(figures);
};

for (let round = 0; round < ROUNDS; round += 1) {
  for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
    const pair = new Pair(way);
    await pair.start();
    for (const count of KEPT)
      for (const how of OPENED) note(way, keptName(count, how), await keptLoad(pair, count, how));
    note(way, 'new connections', await newConnections(pair));
    const { all, lost } = await replacing(pair);
    losses[way].all += all;
    losses[way].lost += lost;
    pair.stop();
    await wait(600);
  }
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
for (const { way, what, figures } of rows) {
  const uneven = figures.map(({ shareOfFirst }) => Math.max(shareOfFirst, 1 - shareOfFirst));
  process.stdout.write(
    `${what.padEnd(28)} ${way.padEnd(10)} busier worker ${percent(median(uneven))} (at most ${percent(Math.max(...uneven))}), ${median(figures.map(({ cpuEach }) => cpuEach)).toFixed(1)} µs CPU each\n`,
  );
}
for (const way of WAYS)
  process.stdout.write(
    `${ROUNDS * REPLACED} replacements             ${way.padEnd(10)} ${losses[way].lost} of ${losses[way].all} new connections lost\n`,
  );
process.exit(0);
