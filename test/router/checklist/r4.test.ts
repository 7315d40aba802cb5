import test from 'ava';
import type { EngineOptions } from '../../../router/engine.ts';
import type { Forward } from '../../../router/routing/decision.ts';
import { EMPTY_PLAN, planDelta } from '../../../router/routing/plan-delta.ts';
import { RouteTable } from '../../../router/routing/table.ts';
import { BUDGET_MINIMUM, BUDGET_SHARE } from '../../../router/upstream/retry-budget.ts';
import { hashOf } from '../../helpers/endpoint-wishes.ts';
import type { RawPeer } from '../../helpers/raw-peer.ts';
import {
  deadOrigin,
  type RecordingOrigin,
  startAnsweringOrigin,
  startOrigin,
} from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';
import { host, prefix, to } from '../../helpers/written-plan.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

/** How an endpoint loses a request that has reached it whole. */
const LOSSES = {
  'reset before the first byte': peer => peer.socket.resetAndDestroy(),
  'closed before the first byte': peer => peer.socket.end(),
  'reset after the first byte': peer => {
    peer.socket.write('H', () => peer.socket.resetAndDestroy());
  },
  'closed after a 103': peer => {
    peer.socket.end('HTTP/1.1 103 Early Hints\r\n\r\n');
  },
  'closed in the body': peer => {
    peer.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nten bytes!');
  },
  'answered with what is no HTTP': peer => {
    peer.socket.write('no HTTP\r\n\r\n');
  },
  'not answered': () => undefined,
  'answered with 503': peer => {
    peer.socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy');
  },
} as const satisfies Record<string, (peer: RawPeer) => void>;

type Loss = keyof typeof LOSSES;

const REQUESTS = {
  GET: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  HEAD: 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
  OPTIONS: 'OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n',
  DELETE: 'DELETE / HTTP/1.1\r\nHost: a\r\n\r\n',
  'PUT without body': 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  'PUT with body': 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'GET with body': 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'chunked PUT': 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  POST: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'POST without body': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  PATCH: 'PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
} as const;

type Request = keyof typeof REQUESTS;

/** Of every one of them, as it arrives. */
const END_OF_REQUEST = /(?:\r\n\r\n|hello)$/;

const losingOrigin = (loss: Loss): Promise<RecordingOrigin> =>
  startOrigin({
    onConnection: peer => {
      void peer
        .until(({ received }) => END_OF_REQUEST.test(received))
        .then(
          () => LOSSES[loss](peer),
          () => undefined,
        );
    },
  });

/** The requests that reached an origin, each by its first line. */
const reached = (origin: RecordingOrigin | undefined): number =>
  (origin?.connections ?? []).reduce(
    (sum, { received }) => sum + received.split(' HTTP/1.1\r\n').length - 1,
    0,
  );

/** Sends `request` so that the first of two endpoints gets it; the second answers. Returns the answer's status, and who saw it. */
const tried = async (
  first: RecordingOrigin,
  request: string,
  options: Partial<EngineOptions> = {},
): Promise<{ readonly status: string; readonly saw: readonly number[]; readonly retries: number }> => {
  let key = 0;
  const choice: Forward['choice'] = { balance: 'hash', hashKey: () => key, affinity: null };
  let outcome = { status: '', saw: [] as readonly number[], retries: 0 };
  const bugs = await inWorld(
    [first, await startAnsweringOrigin(OK)],
    { forward: { choice }, options },
    async ({ router, client, origins }) => {
      while (router.pool.pick(hashOf(key), 0) !== router.pool.endpoints[0]) key += 1;
      client.write(request);
      const text = await client.untilText('\r\n\r\n');
      // A busy machine may let the router give up before the origin has read what was sent to it.
      if (router.counters.get('upstream_connect_failures') === 0)
        await (await first.connection(0)).until(({ received }) => END_OF_REQUEST.test(received));
      outcome = {
        status: text.split(' ')[1] ?? '',
        saw: origins.map(reached),
        retries: router.counters.get('retries'),
      };
    },
  );
  if (bugs.length > 0) throw new Error(bugs.join('\n'));
  return outcome;
};

const retry = test.macro<[loss: Loss | 'refused', goesOn: readonly Request[], status: string]>({
  async exec(t, loss, goesOn, status) {
    const rows = Object.entries(REQUESTS).map(async ([name, text]) => {
      const isRetried = (goesOn as readonly string[]).includes(name);
      const first = loss === 'refused' ? deadOrigin() : await losingOrigin(loss);
      const seen = loss === 'refused' ? 0 : 1;
      // Where a second endpoint is to answer, a busy machine must not make it late.
      const options = loss === 'not answered' ? { responseHeadTimeoutMs: 60 } : {};
      t.deepEqual(
        await tried(first, text, options),
        isRetried ? { status: '200', saw: [seen, 1], retries: 1 } : { status, saw: [seen, 0], retries: 0 },
        name,
      );
    });
    await Promise.all(rows);
  },
  title: (_, loss, goesOn) =>
    `R4: ${loss}: another endpoint gets ${goesOn.length === 0 ? 'nothing' : goesOn.length === Object.keys(REQUESTS).length ? 'any request' : goesOn.join(', ')}`,
});

const IDEMPOTENT: readonly Request[] = ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT without body'];

test(retry, 'refused', Object.keys(REQUESTS) as Request[], '502');
test(retry, 'reset before the first byte', IDEMPOTENT, '502');
test(retry, 'closed before the first byte', IDEMPOTENT, '502');
test(retry, 'reset after the first byte', [], '502');
test(retry, 'answered with what is no HTTP', [], '502');
test(retry, 'not answered', [], '504');
test(retry, 'answered with 503', [], '503');

for (const loss of ['closed after a 103', 'closed in the body'] as const) {
  test(`R4: ${loss}: another endpoint gets nothing`, async t => {
    const { saw, retries } = await tried(await losingOrigin(loss), REQUESTS.GET);
    t.deepEqual({ saw, retries }, { saw: [1, 0], retries: 0 });
  });
}

test('R4: a request is tried twice at most, and each endpoint sees it once', async t => {
  const origins = await Promise.all([1, 2, 3].map(() => losingOrigin('reset before the first byte')));
  await inWorld(origins, {}, async ({ client, router }) => {
    client.write(REQUESTS.GET);
    t.regex(await client.untilText('UpstreamReset'), /^HTTP\/1\.1 502 /);
    t.deepEqual(origins.map(reached).sort(), [0, 1, 1]);
    t.is(router.counters.get('retries'), 1);
  });
});

test('R4: a retry stays on its track: with all edge pods dead no stable one gets the request', async t => {
  const stable = await startAnsweringOrigin(OK);
  const table = new RouteTable();
  const ports = { cart: [stable.port], edge: [deadOrigin(1).port, deadOrigin(2).port] };
  const pools = Object.entries(ports).map(([id, list]) => ({
    id,
    state: 'ready' as const,
    endpoints: list.map(port => ({ address: '127.0.0.1', port, pod: null })),
  }));
  const ticketed = to('cart', {
    pools: { edge: 'edge', stable: 'cart' },
    written: { header: { foo: 'bar' } },
  });
  table.apply(planDelta(EMPTY_PLAN, { ...EMPTY_PLAN, hosts: [host('a', [[prefix('/'), ticketed]])], pools }));
  await inWorld([], { decide: request => table.decide(request) }, async ({ client, router }) => {
    client.write(REQUESTS.GET);
    await client.untilText('\r\n\r\nok');
    client.takeReceived();
    client.write('GET / HTTP/1.1\r\nHost: a\r\nfoo: bar\r\n\r\n');
    t.regex(await client.untilText('ConnectFailed'), /^HTTP\/1\.1 502 /);
    t.is(router.counters.get('retries'), 1);
    t.deepEqual(router.counters.answersByTrack(), { edge: { '5xx': 1 }, stable: { '2xx': 1 } });
  });
  t.is(reached(stable), 1);
  await stable.close();
});

test('R4: when everything fails, retries stay within 20 % of the requests, and what is withheld is counted', async t => {
  const requests = 200;
  const origins = await Promise.all([1, 2].map(() => losingOrigin('reset before the first byte')));
  const bugs = await inWorld(origins, {}, async ({ client, router }) => {
    for (let nth = 0; nth < requests; nth += 1) {
      client.write(REQUESTS.GET);
      t.regex(await client.untilText('UpstreamReset'), /^HTTP\/1\.1 502 /);
      client.takeReceived();
    }
    const retries = router.counters.get('retries');
    t.true(retries >= BUDGET_MINIMUM && retries <= BUDGET_SHARE * requests, `${retries} retries`);
    t.is(router.counters.get('retry_budget_exhausted'), requests - retries);
    t.is(
      origins.map(reached).reduce((sum, count) => sum + count, 0),
      requests + retries,
    );
  });
  t.deepEqual(bugs, []);
});
