import test from 'ava';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { RouteTable } from '../../../router/routing/table.ts';
import { compileChoice } from '../../../router/upstream/endpoint-choice.ts';
import { EJECTION_FAILURES } from '../../../router/upstream/outliers.ts';
import type { Pool } from '../../../router/upstream/pool.ts';
import type { Affinity, Balance } from '../../../src/core/balance.ts';
import type { RawPeer } from '../../helpers/raw-peer.ts';
import { type RecordingOrigin, startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';
import { host, prefix, to } from '../../helpers/written-plan.ts';

const AFFINITY: Affinity = {
  cookie: 'ROUTE',
  ttlSeconds: 60,
  path: '/',
  domain: null,
  sameSite: 'Lax',
  secure: false,
};

/** Each answers with its own name. */
const namedOrigins = (names: string): Promise<readonly RecordingOrigin[]> =>
  Promise.all(
    [...names].map(name =>
      startAnsweringOrigin(`HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 1\r\n\r\n${name}`),
    ),
  );

type Told = { readonly name: string; readonly setCookies: readonly string[]; readonly head: string };

const askOnce = async (client: RawPeer, fields = '', path = '/'): Promise<Told> => {
  client.takeReceived();
  client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
  const text = await client.until(({ received }) => /\r\n\r\n./s.test(received)).then(() => client.received);
  const setCookies = [...text.matchAll(/\r\nSet-Cookie: ([^\r]*)/g)].map(([, line = '']) => line);
  return { name: text.slice(-1), setCookies, head: text };
};

const cookieOf = ({ setCookies }: Told): string => /^ROUTE=([^;]*)/.exec(setCookies[0] ?? '')?.[1] ?? '';

const choiceOf = (balance: Balance, affinity: Affinity | null = null) => ({
  forward: { choice: compileChoice(balance, affinity) },
});

const ejectNamed = (pool: Pool, token: string): void => {
  const endpoint = pool.named(token, 0);
  if (endpoint === undefined) throw new Error('the cookie names an endpoint');
  for (let nth = 0; nth < EJECTION_FAILURES; nth += 1) pool.failed(endpoint, performance.now());
};

test('round robin goes from one endpoint to the next', async t => {
  await inWorld(await namedOrigins('abc'), choiceOf({ kind: 'round_robin' }), async ({ client }) => {
    const names: string[] = [];
    for (let nth = 0; nth < 9; nth += 1) names.push((await askOnce(client)).name);
    t.regex('abcabcabcabc', new RegExp(names.join('')));
  });
});

test('a hash leads equal keys to one endpoint, and different ones to all', async t => {
  const balance: Balance = { kind: 'hash', by: [{ kind: 'header', name: 'user' }, { kind: 'uri' }] };
  await inWorld(await namedOrigins('abc'), choiceOf(balance), async ({ client }) => {
    const byKey = new Map<string, string>();
    for (let nth = 0; nth < 120; nth += 1) {
      const key = String(nth % 40);
      const { name } = await askOnce(client, `User: ${key}\r\n`, `/cart?${key}`);
      t.is(byKey.get(key) ?? name, name);
      byKey.set(key, name);
    }
    t.is(new Set(byKey.values()).size, 3);
  });
});

test('ewma measures every endpoint', async t => {
  await inWorld(await namedOrigins('abc'), choiceOf({ kind: 'ewma' }), async ({ client, router }) => {
    const names = new Set<string>();
    for (let nth = 0; nth < 100; nth += 1) names.add((await askOnce(client)).name);
    t.is(names.size, 3);
    for (const { answerTime } of router.pool.endpoints)
      t.true(answerTime.cost(0, performance.now()) > 0, 'an unknown one would cost nothing');
  });
});

test('an affinity cookie is set once, names no address, and leads back to its endpoint', async t => {
  await inWorld(
    await namedOrigins('abcde'),
    choiceOf({ kind: 'p2c' }, AFFINITY),
    async ({ client, router }) => {
      const first = await askOnce(client);
      const token = cookieOf(first);
      t.deepEqual(first.setCookies, [`ROUTE=${token}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`]);
      t.regex(token, /^[0-9a-f]{16}$/);
      t.false(router.pool.endpoints.some(({ port }) => token.includes(String(port))));
      for (let nth = 0; nth < 40; nth += 1) {
        const again = await askOnce(client, `Cookie: other=1; ROUTE=${token}\r\n`);
        t.is(again.name, first.name);
        t.deepEqual(again.setCookies, []);
      }
    },
  );
});

test('a cookie that names nobody here, an endpoint that is out, or one that is gone, is replaced', async t => {
  await inWorld(
    await namedOrigins('abcd'),
    choiceOf({ kind: 'p2c' }, AFFINITY),
    async ({ client, router }) => {
      for (const unknown of ['', 'x', '0000000000000000', '127.0.0.1:80', '__proto__'])
        t.is((await askOnce(client, `Cookie: ROUTE=${unknown}\r\n`)).setCookies.length, 1, unknown);
      const bound = await askOnce(client);
      ejectNamed(router.pool, cookieOf(bound));
      const moved = await askOnce(client, `Cookie: ROUTE=${cookieOf(bound)}\r\n`);
      t.not(moved.name, bound.name);
      t.is((await askOnce(client, `Cookie: ROUTE=${cookieOf(moved)}\r\n`)).name, moved.name);
      const left = router.pool.endpoints.filter(({ token }) => token !== cookieOf(moved));
      router.pool.update({
        id: router.pool.id,
        state: 'ready',
        endpoints: left.map(({ address, port }) => ({ address, port, pod: null })),
      });
      const again = await askOnce(client, `Cookie: ROUTE=${cookieOf(moved)}\r\n`);
      t.not(again.name, moved.name);
      t.is(again.setCookies.length, 1);
    },
  );
});

test('a client whose endpoint dies is served by another, and bound to that', async t => {
  const origins = await namedOrigins('ab');
  await inWorld(origins, choiceOf({ kind: 'p2c' }, AFFINITY), async ({ client }) => {
    const bound = await askOnce(client);
    await origins[bound.name === 'a' ? 0 : 1]?.close();
    const moved = await askOnce(client, `Cookie: ROUTE=${cookieOf(bound)}\r\n`);
    t.not(moved.name, bound.name);
    t.not(cookieOf(moved), '');
    t.is((await askOnce(client, `Cookie: ROUTE=${cookieOf(moved)}\r\n`)).name, moved.name);
  });
});

test('a bound client stays where it is when a kept socket is closed under its request', async t => {
  const origins = await Promise.all(
    [...'ab'].map(name =>
      startOrigin({
        onConnection: peer => {
          let isSpent = false;
          peer.socket.on('data', () => {
            if (isSpent) peer.socket.resetAndDestroy();
            else peer.write(`HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 1\r\n\r\n${name}`);
            isSpent = true;
          });
        },
      }),
    ),
  );
  await inWorld(origins, choiceOf({ kind: 'p2c' }, AFFINITY), async ({ client, router }) => {
    const bound = await askOnce(client);
    for (let nth = 0; nth < 3; nth += 1) {
      const again = await askOnce(client, `Cookie: ROUTE=${cookieOf(bound)}\r\n`);
      t.is(again.name, bound.name);
      t.deepEqual(again.setCookies, []);
    }
    // Each of them met a socket that had answered once, and was answered by a new one.
    t.is(router.counters.get('retries'), 3);
    t.is(router.counters.get('ejections'), 0);
  });
});

test('affinity never beats a ticket: with one the client is on the edge at once, without it on stable again', async t => {
  const origins = await namedOrigins('sse');
  const table = new RouteTable();
  const endpointOf = ({ port }: RecordingOrigin) => ({ address: '127.0.0.1', port, pod: null });
  const pools = [
    { id: 'cart', state: 'ready' as const, endpoints: origins.slice(0, 2).map(endpointOf) },
    { id: 'edge', state: 'ready' as const, endpoints: origins.slice(2).map(endpointOf) },
  ];
  const action = to('cart', {
    pools: { edge: 'edge', stable: 'cart' },
    written: { header: { foo: 'bar' } },
    affinity: AFFINITY,
  });
  table.apply(planDelta(EMPTY_PLAN, { ...EMPTY_PLAN, hosts: [host('a', [[prefix('/'), action]])], pools }));
  await inWorld(origins, { decide: request => table.decide(request) }, async ({ client }) => {
    const stable = await askOnce(client);
    const edge = await askOnce(client, `foo: bar\r\nCookie: ROUTE=${cookieOf(stable)}\r\n`);
    t.is(stable.name + edge.name, 'se');
    const back = await askOnce(client, `Cookie: ROUTE=${cookieOf(edge)}\r\n`);
    t.is(back.name, 's');
    t.is(back.setCookies.length, 1);
  });
});

test('an endpoint that leaves open whether it wants a body, and so hangs, is told to its pool', async t => {
  const bugs = await inWorld(
    [await startOrigin()],
    { options: { stallTimeoutMs: 50 } },
    async ({ client, router, origins }) => {
      client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
      t.regex(await client.untilText('UpstreamTimeout'), /^HTTP\/1\.1 504 /);
      await (await origins[0]?.connection(0))?.untilClosed();
      t.is(router.counters.get('upstream_timeouts'), 1);
      t.like(router.pool.endpoints[0], { failuresInARow: 1, inFlight: 0 });
    },
  );
  t.deepEqual(bugs, []);
});
