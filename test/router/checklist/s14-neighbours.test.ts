import test, { type ExecutionContext } from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { bindListener } from '../../../router/workers/listening-handle.ts';
import { Workers } from '../../../router/workers/workers.ts';
import { startFramingOrigin } from '../../helpers/framing-origin.ts';
import { endCode, expectedCode, FLOODS, floodOnce } from '../../helpers/h2-floods.ts';
import { planTo } from '../../helpers/one-host-plan.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';

/*
 * S14 with the whole router: one worker process, one client that floods it, and a neighbour on the same worker. What the
 * codec says to each flood, and after how much, is in s14-h2-floods.test.ts; half a minute of each, and how long
 * neighbours wait meanwhile, is `npm run soak:floods`.
 */

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

const MAX_GROWTH_BYTES = 64 * 1_048_576;

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
    for (const bytes of said) t.is(endCode(bytes), expectedCode(flood), `${name}: ends, and says why`);
  }
  const growth = (await residentBytes(workers)) - before;
  t.true(growth < MAX_GROWTH_BYTES, `${growth} bytes more are held`);
  t.deepEqual(workers.pids, [pid], 'the worker lives');
  t.deepEqual(logged, []);
});
