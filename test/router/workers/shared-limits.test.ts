import { EventEmitter, once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { bindListener } from '../../../router/workers/listening-handle.ts';
import { Workers } from '../../../router/workers/workers.ts';
import { type Annotations, annotatedPlan } from '../../helpers/annotated-router.ts';
import { ask } from '../../helpers/ask.ts';

/** The kernel chooses the worker: of so many new connections some come to each. */
const MANY = 24;

const startLimited = async (t: ExecutionContext, annotations: Annotations) => {
  const slow = new EventEmitter();
  const backend = createServer(({ url }, response) => {
    if (url === '/slow') slow.emit('asked', response);
    else response.end('fast');
  });
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  const plan = annotatedPlan(annotations, (backend.address() as AddressInfo).port);
  const workers = new Workers({ count: 2, engine: {}, log: () => undefined, now: () => performance.now() });
  t.teardown(async () => {
    workers.kill();
    await workers.gone();
    backend.closeAllConnections();
    backend.close();
  });
  workers.apply(planDelta(EMPTY_PLAN, plan), plan);
  const listener = bindListener(0, '127.0.0.1');
  await workers.start([{ kind: 'http', handle: listener }]);
  const statuses = async (): Promise<readonly number[]> => {
    const answers = await Promise.all(
      Array.from({ length: MANY }, () => ask(listener.port, 'taobao.com').catch(() => ({ status: 0 }))),
    );
    return answers.map(({ status }) => status);
  };
  return { workers, port: listener.port, slow, statuses };
};

/** Looks again in each turn of the event loop. */
const until = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const endMs = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`${what} after 10 s`);
    await setImmediate();
  }
};

test('limit-connections holds for all workers together, and what a killed one had under way is forgotten', async t => {
  const { workers, port, slow, statuses } = await startLimited(t, { 'limit-connections': '1' });
  const asked = once(slow, 'asked') as Promise<[ServerResponse]>;
  const answer = ask(port, 'taobao.com', { path: '/slow' }).catch((error: Error) => error.message);
  const [held] = await asked;
  const areAllRefused = async (): Promise<boolean> => (await statuses()).every(status => status === 503);
  await until(areAllRefused, 'still one of them lets a second one pass');
  for (const pid of workers.pids) {
    process.kill(pid, 'SIGKILL');
    await until(() => workers.status.serving === 2 && !workers.pids.includes(pid), 'no new worker');
    // Where the request lives on in the other one, the new one has heard of it.
    if (!held.closed) await until(areAllRefused, 'the new worker does not know what the other one has');
  }
  t.is(await answer, 'socket hang up');
  await until(async () => (await statuses()).includes(200), 'the dead worker is still counted');
});
