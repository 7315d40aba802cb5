import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { bindListener } from '../../../router/workers/listening-handle.ts';
import { Workers } from '../../../router/workers/workers.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import { closedPeer, connectRaw } from '../../helpers/raw-peer.ts';
import { type TcpParts, type TrackPorts, tcpPlan } from '../../helpers/tcp-router.ts';

/** Says its name and then everything that it is told. */
const startEcho = async (t: ExecutionContext, name: string): Promise<number> => {
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.write(`${name}:`);
    socket.pipe(socket);
    t.teardown(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
};

class Router {
  readonly workers: Workers;
  readonly logged: string[] = [];
  readonly port: number;
  readonly #listeners;
  #plan: RoutePlan = EMPTY_PLAN;

  constructor(count: number) {
    const handle = bindListener(0, '127.0.0.1');
    this.port = handle.port;
    this.#listeners = [{ kind: 'tcp', handle }] as const;
    this.workers = new Workers({
      count,
      engine: { drainTimeoutMs: 5_000 },
      log: message => this.logged.push(message),
      now: () => performance.now(),
      bindPlanned: port => bindListener(port, '127.0.0.1'),
    });
  }

  start(): Promise<void> {
    return this.workers.start(this.#listeners);
  }

  swap(plan: RoutePlan): void {
    this.workers.apply(planDelta(this.#plan, plan), plan);
    this.#plan = plan;
  }

  /** The fixed port leads there, and so do these. */
  serve(tracks: TrackPorts, more: readonly number[] = [], parts?: TcpParts): void {
    const [first, ...others] = [this.port, ...more].map(port => tcpPlan(port, tracks, parts));
    if (first === undefined) return;
    const all = [first, ...others].sort((one, other) => (one.tcp[0]?.port ?? 0) - (other.tcp[0]?.port ?? 0));
    this.swap({
      ...first,
      pools: all.flatMap(({ pools }) => pools).sort((one, other) => (one.id < other.id ? -1 : 1)),
      tcp: all.flatMap(({ tcp }) => tcp),
    });
  }
}

const startRouter = async (t: ExecutionContext, count: number, tracks: TrackPorts): Promise<Router> => {
  const router = new Router(count);
  t.teardown(async () => {
    router.workers.kill();
    await router.workers.gone();
  });
  router.serve(tracks);
  await router.start();
  return router;
};

/** One question on a connection of its own: the name of who answers; rejects where anything goes wrong. */
const ask = async (port: number, text = 'question'): Promise<string> => {
  const socket = connect({ port, host: '127.0.0.1' }).setEncoding('latin1');
  let received = '';
  socket.on('data', (data: string) => {
    received += data;
  });
  socket.end(text);
  await once(socket, 'end');
  if (!received.endsWith(`:${text}`)) throw new Error(`cut off: ${JSON.stringify(received)}`);
  return received.slice(0, -text.length - 1);
};

const until = async (isMet: () => boolean | Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isMet()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error('it did not come true');
};

/** Asks on `clients` connections at a time until told to stop; counts the answers. */
const load = (port: number, clients: number) => {
  const outcomes = new Map<string, number>();
  let isRunning = true;
  const client = async (): Promise<void> => {
    for (let at = 0; isRunning && at < 100_000; at += 1) {
      const outcome = await ask(port).catch((error: Error) => error.message);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    count: () => [...outcomes.values()].reduce((sum, count) => sum + count, 0),
    stop: async (): Promise<readonly string[]> => {
      isRunning = false;
      await done;
      return [...outcomes.keys()].sort();
    },
  };
};

const isRefused = async (port: number): Promise<boolean> =>
  (await closedPeer(port)).failure === 'ECONNREFUSED';

test.serial(
  '1,000 swaps of the table under load fail nobody, and a connection that runs survives them',
  async t => {
    const [one, two] = await Promise.all([startEcho(t, 'one'), startEcho(t, 'two')]);
    const router = await startRouter(t, 1, { stable: [one] });
    const lasting = await connectRaw(router.port);
    await lasting.untilText('one:');
    const running = load(router.port, 4);
    for (let swap = 0; swap < 1_000; swap += 1) {
      router.serve({ stable: [swap % 2 === 0 ? two : one], edge: [one] }, [], {
        tickets: [{ percent: swap % 3 }],
      });
      if (swap % 10 === 0) await router.workers.applied();
    }
    await router.workers.applied();
    await until(() => running.count() > 300);
    t.deepEqual(await running.stop(), ['one', 'two']);
    lasting.write('still here');
    t.is(await lasting.untilText('still here'), 'one:still here');
    lasting.socket.destroy();
    t.deepEqual(router.logged, []);
  },
);

test.serial('a worker that is killed takes its own connections with it, and nobody else’s', async t => {
  const echo = await startEcho(t, 'ok');
  const router = await startRouter(t, 2, { stable: [echo] });
  const clients = await Promise.all(Array.from({ length: 16 }, () => connectRaw(router.port)));
  await Promise.all(clients.map(client => client.untilText('ok:')));
  await until(() => router.workers.report().open.upstreams === 16);
  const [victim = 0] = router.workers.pids;
  process.kill(victim, 'SIGKILL');
  await until(() => router.workers.pids.length === 2 && !router.workers.pids.includes(victim));
  t.is(await ask(router.port), 'ok');
  const left = clients.filter(({ isClosed, hasEnded }) => !isClosed && !hasEnded);
  for (const client of left) {
    client.write('x');
    t.is(await client.untilText('x'), 'ok:x');
  }
  await until(() => {
    const line = router.workers.report().counters.tcp.find(({ track }) => track === 'stable');
    return line !== undefined && line.values.connections - line.values.closed === left.length;
  });
  for (const { socket } of clients) socket.destroy();
});

test.serial('workers are replaced under load, and short connections do not notice', async t => {
  const echo = await startEcho(t, 'ok');
  const router = await startRouter(t, 2, { stable: [echo] });
  const running = load(router.port, 4);
  await router.workers.restart();
  await until(() => running.count() > 300);
  t.deepEqual(await running.stop(), ['ok']);
  t.deepEqual(router.logged, []);
});

test.serial('ports come and go with the plan; what runs on them goes on', async t => {
  const echo = await startEcho(t, 'ok');
  const router = await startRouter(t, 2, { stable: [echo] });
  const { port: first } = bindListenerForAMoment();
  const { port: second } = bindListenerForAMoment();
  t.true(await isRefused(first));
  router.serve({ stable: [echo] }, [first, second]);
  await until(async () => (await ask(first).catch(() => '')) === 'ok');
  t.is(await ask(second), 'ok');
  const lasting = await connectRaw(first);
  await lasting.untilText('ok:');
  router.serve({ stable: [echo] }, [second]);
  await until(() => isRefused(first));
  t.is(await ask(second), 'ok');
  lasting.write('on');
  t.is(await lasting.untilText('on'), 'ok:on');
  // Another process may have it now.
  bindListener(first, '127.0.0.1').close();
  // As fast as somebody can write it: nothing of ours is in the way.
  for (let flip = 0; flip < 20; flip += 1) {
    router.serve({ stable: [echo] }, [second]);
    router.serve({ stable: [echo] }, [first, second]);
  }
  await until(async () => (await ask(first).catch(() => '')) === 'ok');
  for (let at = 0; at < 20; at += 1) t.is(await ask(first), 'ok');
  lasting.socket.destroy();
  t.deepEqual(router.logged, []);
  t.deepEqual(router.workers.status.unavailablePorts, []);
});

test.serial(
  'a port of the plan that somebody else holds is said once, and keeps nobody from the others',
  async t => {
    const echo = await startEcho(t, 'ok');
    const router = await startRouter(t, 1, { stable: [echo] });
    const holder: Server = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    t.teardown(() => holder.close());
    const { port: taken } = holder.address() as AddressInfo;
    const { port: free } = bindListenerForAMoment();
    router.serve({ stable: [echo] }, [taken, free]);
    await until(async () => (await ask(free).catch(() => '')) === 'ok');
    router.serve({ stable: [echo] }, [free, taken], { idleMs: 1_000 });
    t.deepEqual(router.workers.status.unavailablePorts, [taken]);
    t.deepEqual(router.logged, [`TCP port ${taken} is in use; it is not served, and tried again`]);
  },
);

test.serial('a port on which the router speaks HTTP is no TCP port, even where ports are shared', async t => {
  const echo = await startEcho(t, 'ok');
  const http = bindListener(0, '127.0.0.1', true);
  const logged: string[] = [];
  const workers = new Workers({
    count: 1,
    engine: {},
    log: message => logged.push(message),
    now: () => performance.now(),
    bindPlanned: port => bindListener(port, '127.0.0.1', true),
  });
  t.teardown(async () => {
    workers.kill();
    await workers.gone();
  });
  const plan = tcpPlan(http.port, { stable: [echo] });
  workers.apply(planDelta(EMPTY_PLAN, plan), plan);
  await workers.start([{ kind: 'http', handle: http }]);
  t.deepEqual(workers.status.unavailablePorts, [http.port]);
  t.deepEqual(logged, [`TCP port ${http.port} is in use; it is not served, and tried again`]);
  const client = await connectRaw(http.port);
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  t.regex(await client.untilText('NoHost'), /^HTTP\/1\.1 404/);
  client.socket.destroy();
});

/** A port that was free a moment ago. */
const bindListenerForAMoment = (): { readonly port: number } => {
  const handle = bindListener(0, '127.0.0.1');
  handle.close();
  return handle;
};
