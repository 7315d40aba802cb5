import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { bindListener } from '../../../router/workers/listening-handle.ts';
import { Workers } from '../../../router/workers/workers.ts';
import type { CertificatePlan, RoutePlan } from '../../../src/core/route-plan.ts';
import { ecdsaPlan, FALLBACK, newTicketKey } from '../../helpers/tls-certificates.ts';
import { tlsLoad } from '../../helpers/tls-load.ts';
import { connectTlsPeer, namesShown } from '../../helpers/tls-peer.ts';
import { host, prefix, to } from '../../helpers/written-plan.ts';

const COUNT = 300;
const nameOf = (nth: number): string => `h${nth}.test`;
const HOSTS = Array.from({ length: COUNT }, (_, nth) => nameOf(nth));

/** Every host with a certificate of its own; `generation` is a name in each of them. */
const planWith = (origin: number, generation: string, count = COUNT): RoutePlan => {
  const numbers = Array.from({ length: count }, (_, nth) => nth);
  const certificates: CertificatePlan[] = numbers.map(nth =>
    ecdsaPlan(`shop/c${nth}`, nameOf(nth), `${generation}.test`),
  );
  const sorted = <T>(items: readonly T[], key: (item: T) => string): readonly T[] =>
    items.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  return {
    ...EMPTY_PLAN,
    certificates: sorted(certificates, ({ id }) => id),
    hosts: sorted(
      numbers.map(nth => ({
        ...host(nameOf(nth), [[prefix('/'), to('cart')]]),
        certificate: `shop/c${nth}`,
      })),
      plan => plan.host,
    ),
    pools: [{ id: 'cart', state: 'ready', endpoints: [{ address: '127.0.0.1', port: origin, pod: null }] }],
  };
};

const startOrigin = async (t: ExecutionContext): Promise<number> => {
  const server = createServer((_request, response) => void response.end('ok'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

const start = async (t: ExecutionContext, plan: RoutePlan) => {
  const logged: string[] = [];
  const workers = new Workers({
    count: 2,
    engine: { drainTimeoutMs: 10_000 },
    tls: {
      fallback: FALLBACK,
      defaultId: null,
      tickets: { sealing: newTicketKey(), accepted: [] },
    },
    log: message => logged.push(message),
    now: () => performance.now(),
  });
  t.teardown(async () => {
    workers.kill();
    await workers.gone();
  });
  workers.apply(planDelta(EMPTY_PLAN, plan), plan);
  const [http, https] = [bindListener(0, '127.0.0.1'), bindListener(0, '127.0.0.1')];
  await workers.start([
    { kind: 'http', handle: http },
    { kind: 'https', handle: https },
  ]);
  return { workers, port: https.port, logged };
};

test('300 certificates are changed under load, then all workers: no request fails, and new connections get the new ones', async t => {
  const origin = await startOrigin(t);
  const [before, after] = [planWith(origin, 'before'), planWith(origin, 'after')];
  const { workers, port, logged } = await start(t, before);
  const old = await connectTlsPeer(port, { servername: nameOf(7) });
  t.is(namesShown(old), 'DNS:h7.test, DNS:before.test');
  const running = tlsLoad(port, HOSTS, 4);
  workers.apply(planDelta(before, after), after);
  await workers.applied();
  for (const nth of [0, 7, 150, 299]) {
    const client = await connectTlsPeer(port, { servername: nameOf(nth) });
    t.is(namesShown(client), `DNS:h${nth}.test, DNS:after.test`);
    client.socket.destroy();
  }
  old.write(`GET / HTTP/1.1\r\nHost: ${nameOf(7)}\r\n\r\n`);
  await old.untilText('ok');
  old.socket.destroy();
  await workers.restart();
  await running.stop();
  t.deepEqual([...running.outcomes.keys()], ['200 ok']);
  t.true((running.outcomes.get('200 ok') ?? 0) > 20);
  t.deepEqual(logged, []);
});

test('a session is taken up by every worker, those that came later too, until its key has gone', async t => {
  const origin = await startOrigin(t);
  const { workers, port } = await start(t, planWith(origin, 'any', 2));
  const first = await connectTlsPeer(port, { servername: 'h1.test' });
  const given = new Promise<Buffer>(resolve => first.socket.once('session', resolve));
  first.write('GET / HTTP/1.1\r\nHost: h1.test\r\n\r\n');
  await first.untilText('ok');
  const session = await given;
  first.socket.destroy();
  const resumed = async (): Promise<readonly boolean[]> =>
    Promise.all(
      Array.from({ length: 16 }, async () => {
        const client = await connectTlsPeer(port, { servername: 'h1.test', session });
        const isReused = client.socket.isSessionReused();
        client.socket.destroy();
        return isReused;
      }),
    );
  t.deepEqual(new Set(await resumed()), new Set([true]));
  await workers.restart();
  t.deepEqual(new Set(await resumed()), new Set([true]));
  workers.changeTickets({ sealing: newTicketKey(), accepted: [] });
  await workers.restart();
  t.deepEqual(new Set(await resumed()), new Set([false]));
});
