import { once } from 'node:events';
import { Agent, createServer as createHttpServer, get } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { bindListener, type ListeningHandle } from '../../../router/workers/listening-handle.ts';
import { Workers } from '../../../router/workers/workers.ts';
import type { RoutePlan } from '../../../src/core/route-plan.ts';
import { planTo } from '../../helpers/one-host-plan.ts';

const startBackend = async (t: ExecutionContext, name: string, delayMs = 0): Promise<number> => {
  const server = createHttpServer((_, response) => setTimeout(() => response.end(name), delayMs));
  server.keepAliveTimeout = 60_000;
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.on('error', () => undefined);
    socket.pipe(socket);
    t.teardown(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

type Running = { readonly workers: Workers; readonly listener: ListeningHandle; readonly logged: string[] };

const startWorkers = async (t: ExecutionContext, count: number, plan: RoutePlan): Promise<Running> => {
  const logged: string[] = [];
  const workers = new Workers({
    count,
    engine: { drainTimeoutMs: 10_000 },
    log: message => logged.push(message),
    now: () => performance.now(),
  });
  t.teardown(async () => {
    workers.kill();
    await workers.gone();
  });
  workers.apply(planDelta(EMPTY_PLAN, plan), plan);
  const listener = bindListener(0, '127.0.0.1');
  await workers.start([{ kind: 'http', handle: listener }]);
  return { workers, listener, logged };
};

/** Status and body of one GET; rejects where the connection fails. */
const ask = (port: number, agent?: Agent): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get(
      { port, host: '127.0.0.1', headers: { host: 'a.com' }, ...(agent && { agent }) },
      response => {
        let body = '';
        response.setEncoding('latin1');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
  });

/** Asks on `clients` connections at once, every third time on a new one, until told to stop; counts what came. */
const load = (port: number, clients: number) => {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const outcomes = new Map<string, number>();
  let isRunning = true;
  const client = async (): Promise<void> => {
    for (let i = 0; isRunning && i < 100_000; i += 1) {
      const outcome = await ask(port, i % 3 === 0 ? new Agent() : agent).catch(
        (error: Error) => error.message,
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  const done = Promise.all(Array.from({ length: clients }, client));
  return {
    stop: async (): Promise<ReadonlyMap<string, number>> => {
      isRunning = false;
      await done;
      agent.destroy();
      return outcomes;
    },
    count: () => [...outcomes.values()].reduce((sum, count) => sum + count, 0),
  };
};

/** A tunnel to the echo of a backend; `echo` resolves with what came back for a piece of text. */
const openTunnel = async (t: ExecutionContext, port: number) => {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  t.teardown(() => socket.destroy());
  socket.write('GET /ws HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  const [head] = (await once(socket, 'data')) as [string];
  return {
    head,
    echo: async (text: string): Promise<string> => {
      socket.write(text);
      const [echoed] = (await once(socket, 'data')) as [string];
      return echoed;
    },
  };
};

const until = async (isMet: () => boolean | Promise<boolean>): Promise<void> => {
  for (let turn = 0; turn < 2_000; turn += 1) {
    if (await isMet()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error('it did not come true');
};

test.serial('every worker serves the whole plan, and a delta is live in all once it is applied', async t => {
  const [one, two] = await Promise.all([startBackend(t, 'one'), startBackend(t, 'two')]);
  const { workers, listener } = await startWorkers(t, 2, planTo(one));
  t.is(workers.pids.length, 2);
  const asked = await Promise.all(Array.from({ length: 40 }, () => ask(listener.port, new Agent())));
  t.deepEqual([...new Set(asked)], ['200 one']);
  workers.apply(planDelta(planTo(one), planTo(two)), planTo(two));
  await workers.applied();
  const again = await Promise.all(Array.from({ length: 40 }, () => ask(listener.port, new Agent())));
  t.deepEqual([...new Set(again)], ['200 two']);
  t.like(workers.status, { wanted: 2, serving: 2, crashes: 0, planVersion: 2, appliedVersion: 2 });
  t.true((workers.status.planAgeMs ?? -1) >= 0);
});

test.serial('R1: table swaps under load fail no request, and a tunnel survives them', async t => {
  const [one, two] = await Promise.all([startBackend(t, '1'), startBackend(t, '2')]);
  const { workers, listener, logged } = await startWorkers(t, 2, planTo(one));
  const tunnel = await openTunnel(t, listener.port);
  t.true(tunnel.head.startsWith('HTTP/1.1 101 '));
  const running = load(listener.port, 8);
  for (let swap = 0; swap < 100; swap += 1) {
    const [from, to] = swap % 2 === 0 ? [one, two] : [two, one];
    workers.apply(planDelta(planTo(from), planTo(to)), planTo(to));
    await workers.applied();
  }
  t.is(await tunnel.echo('still here'), 'still here');
  await until(() => running.count() > 500);
  const outcomes = await running.stop();
  t.deepEqual([...outcomes.keys()].sort(), ['200 1', '200 2']);
  t.deepEqual(logged, []);
  await until(() => workers.report().open.clients === 1);
  const { open, cpuSeconds, residentBytes } = workers.report();
  t.true(open.upstreams >= 1, 'the tunnel has two ends');
  t.true(cpuSeconds > 0 && residentBytes > 1e6);
});

test.serial(
  'R2: workers are replaced one by one under load, new connections included, without a failed request',
  async t => {
    const port = await startBackend(t, 'ok');
    const { workers, listener, logged } = await startWorkers(t, 2, planTo(port));
    const before = workers.pids;
    const running = load(listener.port, 8);
    await workers.restart();
    await until(() => running.count() > 300);
    const outcomes = await running.stop();
    t.deepEqual([...outcomes.keys()], ['200 ok']);
    t.is(workers.pids.length, 2);
    t.deepEqual(
      workers.pids.filter(pid => before.includes(pid)),
      [],
    );
    t.deepEqual(logged, []);
  },
);

test.serial('R2: a stop lets the request that runs finish, and refuses new connections', async t => {
  let arrive = (): void => undefined;
  const reached = new Promise<void>(resolve => {
    arrive = resolve;
  });
  const slow = createHttpServer((_, response) => {
    arrive();
    setTimeout(() => response.end('slow'), 300);
  }).listen(0, '127.0.0.1');
  await once(slow, 'listening');
  t.teardown(() => slow.close());
  const { workers, listener } = await startWorkers(t, 1, planTo((slow.address() as AddressInfo).port));
  const running = ask(listener.port, new Agent());
  await reached;
  await workers.stop();
  const refused = connect(listener.port, '127.0.0.1');
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  t.is(error.code, 'ECONNREFUSED');
  t.is(await running, '200 slow');
  await workers.gone();
  t.deepEqual(workers.pids, []);
});

test.serial(
  'a worker that is killed is replaced while the others serve, and only its own connections fail',
  async t => {
    const port = await startBackend(t, 'ok');
    const { workers, listener, logged } = await startWorkers(t, 2, planTo(port));
    const [victim = 0] = workers.pids;
    process.kill(victim, 'SIGKILL');
    // New connections go to whoever is left.
    const asked = await Promise.all(
      Array.from({ length: 20 }, () => ask(listener.port, new Agent()).catch(String)),
    );
    t.deepEqual([...new Set(asked)], ['200 ok']);
    await until(() => workers.pids.length === 2 && !workers.pids.includes(victim));
    t.is(logged.length, 1);
    t.regex(logged[0] ?? '', /SIGKILL.*replaced/);
    t.is(await ask(listener.port, new Agent()), '200 ok');
    t.like(workers.status, { wanted: 2, serving: 2, crashes: 1 });
  },
);

test.serial('counters of all workers are summed, those of workers that have gone included', async t => {
  const port = await startBackend(t, 'ok');
  const { workers, listener } = await startWorkers(t, 2, planTo(port));
  for (let i = 0; i < 10; i += 1) await ask(listener.port, new Agent());
  await until(() => workers.report().counters.values.responses_2xx === 10);
  await workers.restart();
  t.is(workers.report().counters.values.responses_2xx, 10);
  t.deepEqual(workers.report().counters.byTrack, { stable: { '2xx': 10 } });
});

test.serial('a worker that comes when the plan is empty says that it has it, too', async t => {
  const { workers } = await startWorkers(t, 1, planTo(1));
  workers.apply(planDelta(planTo(1), EMPTY_PLAN), EMPTY_PLAN);
  await workers.applied();
  await workers.restart();
  await workers.applied();
  t.like(workers.status, { serving: 1, planVersion: 2, appliedVersion: 2 });
});

test.serial('a port that is in use is told by its code, and no worker is left', async t => {
  const taken = createHttpServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => taken.close());
  const workers = new Workers({
    count: 2,
    engine: {},
    log: message => t.log(message),
    now: () => performance.now(),
  });
  await t.throwsAsync(
    async () =>
      workers.start([
        { kind: 'http', handle: bindListener((taken.address() as AddressInfo).port, '127.0.0.1') },
      ]),
    { code: 'EADDRINUSE' },
  );
  t.deepEqual(workers.pids, []);
});

test.serial('workers that die before they serve are an error of the start, not a loop', async t => {
  const before = process.env.NODE_OPTIONS ?? '';
  process.env.NODE_OPTIONS = '--import data:text/javascript,process.exit(3)';
  const workers = new Workers({
    count: 2,
    engine: {},
    log: message => t.log(message),
    now: () => performance.now(),
  });
  await t.throwsAsync(async () => workers.start([{ kind: 'http', handle: bindListener(0, '127.0.0.1') }]), {
    message: /exit code 3/,
  });
  process.env.NODE_OPTIONS = before;
  t.deepEqual(workers.pids, []);
});

test.serial('workers end when their primary is gone, without being told', async t => {
  const port = await startBackend(t, 'ok');
  const { workers, listener } = await startWorkers(t, 1, planTo(port));
  t.is(await ask(listener.port, new Agent()), '200 ok');
  workers.disconnect();
  await workers.gone();
  t.deepEqual(workers.pids, []);
});
