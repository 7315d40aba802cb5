// The processes of tcp-relay.ts: `origin`, `relay PORT`, `flood PORT CONNECTIONS`, `quiet PORT REQUESTS`.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { EMPTY_PLAN, planDelta } from '../../router/routing/plan-delta.ts';
import { RouteTable } from '../../router/routing/table.ts';
import { startServer } from '../../router/server.ts';
import type { RoutePlan } from '../../src/core/route-plan.ts';

const [role = '', portText = '', countText = ''] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);

/** What is asked for: four bytes say how many shall come. */
const SMALL = 64;
const LARGE = 1_048_576;
const body = Buffer.alloc(LARGE, 'x');

const tell = (message: unknown): void => {
  process.send?.(message);
};

const startOrigin = async (): Promise<void> => {
  const server = createServer({ noDelay: true }, socket => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      for (let at = 0; at + 4 <= bytes.length; at += 4)
        socket.write(body.subarray(0, bytes.readUInt32BE(at)));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  tell((server.address() as AddressInfo).port);
};

const startRelay = async (): Promise<void> => {
  const table = new RouteTable();
  const log = (message: string, error?: unknown): void => console.error(message, error);
  const server = await startServer({
    routing: table,
    tcp: table.tcp,
    kind: 'tcp',
    port: 0,
    host: '127.0.0.1',
    log,
  });
  const plan: RoutePlan = {
    ...EMPTY_PLAN,
    pools: [{ id: 'db', state: 'ready', endpoints: [{ address: '127.0.0.1', port, pod: null }] }],
    tcp: [
      {
        port: server.port,
        source: { namespace: 'bench', service: 'db', field: '' },
        pools: { stable: 'db' },
        tickets: [],
        onEmptyEdge: 'stable',
        ownHost: '',
        connectMs: null,
        idleMs: null,
        acceptsProxy: false,
        sendsProxy: null,
      },
    ],
  };
  table.apply(planDelta(EMPTY_PLAN, plan));
  tell(server.port);
};

/** Asks for `size` bytes and resolves when they have come. */
const asker = (socket: Socket): ((size: number) => Promise<void>) => {
  let left = 0;
  let done = (): void => undefined;
  socket.on('data', (bytes: Buffer) => {
    left -= bytes.length;
    if (left === 0) done();
  });
  const question = Buffer.alloc(4);
  return size =>
    new Promise(resolve => {
      done = resolve;
      left = size;
      question.writeUInt32BE(size);
      socket.write(question);
    });
};

const connected = async (): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
};

let isStopped = false;
process.on('message', () => {
  isStopped = true;
});

/** Bounded: 20 GiB are more than any round takes. */
const flood = async (): Promise<void> => {
  let bodies = 0;
  const client = async (): Promise<void> => {
    const socket = await connected();
    const ask = asker(socket);
    for (let at = 0; !isStopped && at < 20_480 / count; at += 1) {
      await ask(LARGE);
      bodies += 1;
      if (bodies === 1) tell('under way');
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: count }, client));
  tell(bodies);
  process.disconnect?.();
};

const quiet = async (): Promise<void> => {
  const socket = await connected();
  const ask = asker(socket);
  const micros: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const startMs = performance.now();
    await ask(SMALL);
    micros.push((performance.now() - startMs) * 1_000);
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  socket.destroy();
  micros.sort((one, other) => one - other);
  tell({ p50: micros[Math.floor(count * 0.5)], p99: micros[Math.floor(count * 0.99)] });
  process.disconnect?.();
};

const ROLES: Readonly<Record<string, () => Promise<void>>> = {
  origin: startOrigin,
  relay: startRelay,
  flood,
  quiet,
};
process.on('disconnect', () => process.exit());
await ROLES[role]?.();
