import { once } from 'node:events';
import test, { type ExecutionContext } from 'ava';
import { ERROR_CODE } from '../../../router/http2/error-code.ts';
import { FLAG, FRAME, SETTING } from '../../../router/http2/frame.ts';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { bindListener } from '../../../router/workers/listening-handle.ts';
import { Workers } from '../../../router/workers/workers.ts';
import { startFramingOrigin } from '../../helpers/framing-origin.ts';
import {
  block,
  data,
  frame,
  framesOf,
  GET,
  GREETING,
  goAway,
  headers,
  POST,
  ping,
  resetStream,
  settings,
  windowUpdate,
} from '../../helpers/http2-frames.ts';
import { planTo } from '../../helpers/one-host-plan.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';

/*
 * S14 with the whole router: one worker process, one client that floods it, and a neighbour on the same worker. What the
 * codec says to each flood, and after how much, is in s14-h2-floods.test.ts; how long neighbours wait is measured by
 * `npm run bench -- --scenario noisy-neighbour`.
 */

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

/** The most that a flood may be sent, should nobody stop it: a test has to end. */
const MAX_FLOOD_BYTES = 64 * 1_048_576;
const MAX_GROWTH_BYTES = 64 * 1_048_576;

const streamId = (at: number): number => at * 2 + 1;

type Flood = {
  readonly before?: Buffer;
  readonly round: (at: number) => Buffer;
  /** @default ENHANCE_YOUR_CALM */
  readonly code?: number;
};

const FLOODS: Readonly<Record<string, Flood>> = {
  'rapid reset': {
    round: at => Buffer.concat([headers(streamId(at), GET), resetStream(streamId(at), ERROR_CODE.cancel)]),
  },
  MadeYouReset: {
    round: at => Buffer.concat([headers(streamId(at), GET), windowUpdate(streamId(at), 0)]),
  },
  'CONTINUATION without end': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, block([['x', 'y'.repeat(1_000)]])),
  },
  'CONTINUATION of no bytes': {
    before: headers(1, GET, FLAG.none),
    round: () => frame(FRAME.continuation, 0, 1, Buffer.alloc(0)),
  },
  SETTINGS: { round: () => settings([SETTING.initialWindowSize, 65_535]) },
  PING: { round: () => ping() },
  'empty DATA': { before: headers(1, POST, FLAG.endHeaders), round: () => data(1, '') },
  'windows of one byte': { round: () => windowUpdate(0, 1) },
  // Whoever says goodbye, and has nothing under way, is let go at the first.
  GOAWAY: { round: () => goAway(0, 0), code: ERROR_CODE.noError },
  ORIGIN: { round: () => frame(0xc, 0, 0, Buffer.alloc(100)) },
};

const startWorker = async (t: ExecutionContext) => {
  const origin = await startFramingOrigin(OK);
  const logged: string[] = [];
  const workers = new Workers({
    count: 1,
    engine: { h2c: true },
    log: message => logged.push(message),
    now: () => performance.now(),
  });
  const plan = planTo(origin.port);
  workers.apply(planDelta(EMPTY_PLAN, plan), plan);
  const handle = bindListener(0, '127.0.0.1');
  await workers.start([{ kind: 'http', handle }]);
  t.teardown(async () => {
    workers.kill();
    await workers.gone();
    await origin.close();
  });
  return { workers, port: handle.port, logged };
};

/** Writes a flood as fast as it is taken; resolves with what was said to it once the connection has ended. */
const floodOnce = async (port: number, { before, round }: Flood): Promise<Buffer> => {
  const client = await connectRaw(port);
  const { socket } = client;
  socket.write(GREETING);
  if (before !== undefined) socket.write(before);
  let at = 0;
  let sent = 0;
  while (!client.hasEnded && !client.isClosed && sent < MAX_FLOOD_BYTES) {
    const rounds = Buffer.concat(Array.from({ length: 100 }, (_, nth) => round(at + nth)));
    at += 100;
    sent += rounds.length;
    if (!socket.write(rounds))
      await Promise.race([once(socket, 'drain'), client.untilEnd()]).catch(() => null);
    else await new Promise(resolve => setImmediate(resolve));
  }
  socket.destroy();
  return Buffer.from(client.received, 'latin1');
};

/** Asks again and again on one connection; resolves with how many answers came. */
const neighbour = async (port: number, isDone: () => boolean): Promise<number> => {
  const client = await connectRaw(port);
  let answers = 0;
  while (!isDone()) {
    client.takeReceived();
    client.write('GET / HTTP/1.1\r\nHost: a.com\r\n\r\n');
    await client.untilText('\r\n\r\nok');
    answers += 1;
  }
  client.socket.destroy();
  return answers;
};

/** Reports come once a second: resolves with what the next one says. */
const residentBytes = async (workers: Workers): Promise<number> => {
  await new Promise(resolve => setTimeout(resolve, 1_100));
  return workers.report().residentBytes;
};

test('S14: floods end with their own connection; neighbours are answered, and memory stays', async t => {
  t.timeout(60_000);
  const { workers, port, logged } = await startWorker(t);
  const [pid] = workers.pids;
  // Warm: what the first requests allocate is no flood's.
  let isWarm = false;
  setTimeout(() => {
    isWarm = true;
  }, 300);
  t.true((await neighbour(port, () => isWarm)) > 0);
  const before = await residentBytes(workers);
  for (const [name, flood] of Object.entries(FLOODS)) {
    let isOver = false;
    const asked = neighbour(port, () => isOver);
    const said = await Promise.all([floodOnce(port, flood), floodOnce(port, flood), floodOnce(port, flood)]);
    isOver = true;
    t.true((await asked) > 0, `${name}: the neighbour was answered`);
    for (const bytes of said) {
      const last = framesOf(bytes).findLast(({ type }) => type === FRAME.goAway);
      t.not(last, undefined, `${name}: says why it ends`);
      t.is(last?.payload.readUInt32BE(4), flood.code ?? ERROR_CODE.enhanceYourCalm, `${name}: the code`);
    }
  }
  const growth = (await residentBytes(workers)) - before;
  t.true(growth < MAX_GROWTH_BYTES, `${growth} bytes more are held`);
  t.deepEqual(workers.pids, [pid], 'the worker lives');
  t.deepEqual(logged, []);
});
