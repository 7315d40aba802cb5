import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test from 'ava';
import { Counters } from '../../router/counters.ts';
import { DEFAULT_OPTIONS, Engine } from '../../router/engine.ts';
import type { EngineSocket } from '../../router/engine-socket.ts';
import { PlainSocket } from '../../router/plain-socket.ts';
import { RouteTable } from '../../router/routing/table.ts';
import { TimerWheel } from '../../router/timer-wheel.ts';

type Pair = { readonly near: EngineSocket; readonly far: Socket; readonly engine: Engine };

const connected = async (
  log: (message: string, error?: unknown) => void,
  run: (pair: Pair) => Promise<void>,
): Promise<void> => {
  const engine = new Engine({
    routing: new RouteTable(),
    options: DEFAULT_OPTIONS,
    counters: new Counters(),
    wheel: new TimerWheel(DEFAULT_OPTIONS.tickMs, 0),
    log,
  });
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = new PlainSocket(engine, { allowHalfOpen: true, noDelay: true });
  near.connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const [far] = (await once(server, 'connection')) as [Socket];
  if (near.connecting) await once(near, 'connect');
  near.on('error', () => undefined);
  far.on('error', () => undefined);
  try {
    await run({ near, far, engine });
  } finally {
    near.destroy();
    far.destroy();
    server.close();
  }
};

const noLog = (): void => undefined;

/** Resolves with the next bytes that are read, as text. */
const nextRead = (near: EngineSocket, { readBuffer }: Engine): Promise<string> =>
  new Promise(resolve => {
    near.readTo({ onRead: count => resolve(readBuffer.toString('latin1', 0, count)) });
  });

test("what is read stands in the engine's buffer: as 'data' first, later for a reader instead", async t => {
  await connected(noLog, async ({ near, far, engine }) => {
    far.write('first');
    const [bytes] = (await once(near, 'data')) as [Buffer];
    t.is(bytes.toString(), 'first');
    t.is(bytes.buffer, engine.readBuffer.buffer);
    near.on('data', () => t.fail());
    const second = nextRead(near, engine);
    far.write('second');
    t.is(await second, 'second');
    const third = nextRead(near, engine);
    near.wire.readUnless(true);
    far.write('third');
    near.wire.readUnless(false);
    t.is(await third, 'third');
    t.is(near.bytesRead, 16);
  });
});

test("the peer's end is told by 'end', its reset by 'close' and by the wire before that", async t => {
  await connected(noLog, async ({ near, far }) => {
    near.readTo({ onRead: () => t.fail() });
    near.resume();
    const ended = once(near, 'end');
    far.end();
    await ended;
    t.false(near.wire.isClosed);
  });
  await connected(noLog, async ({ near, far }) => {
    near.readTo({ onRead: () => t.fail() });
    near.resume();
    let wasClosed = false;
    near.once('error', () => {
      wasClosed = near.wire.isClosed;
    });
    const closed = new Promise(resolve => {
      near.once('close', resolve);
    });
    far.resetAndDestroy();
    await closed;
    t.true(wasClosed);
  });
});

test('a socket that was destroyed has a closed wire at once', async t => {
  await connected(noLog, async ({ near }) => {
    near.wire.text('open');
    t.true(near.wire.isEmpty);
    near.destroy();
    t.true(near.wire.isClosed);
    near.wire.text('late');
    t.pass();
  });
});

test('a bug in a reader is logged, and costs this socket alone', async t => {
  const logged: unknown[] = [];
  const log = (_: string, error?: unknown): void => void logged.push(error);
  await connected(log, async ({ near, far }) => {
    const bug = new Error('bug');
    near.readTo({
      onRead: () => {
        throw bug;
      },
    });
    const closed = once(near, 'close');
    far.write('x');
    await closed;
    t.deepEqual(logged, [bug]);
  });
});
