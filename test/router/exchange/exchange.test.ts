import test from 'ava';
import { BUDGET_MINIMUM } from '../../../router/upstream/retry-budget.ts';
import type { MatchingBudget } from '../../../src/core/ticket/matching-budget.ts';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import type { OnePoolOptions } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import {
  deadOrigin,
  type RecordingOrigin,
  startAnsweringOrigin,
  startOrigin,
} from '../../helpers/recording-origin.ts';
import { inWorld, withOptions } from '../../helpers/router-world.ts';

const GET = 'GET / HTTP/1.1\r\nHost: taobao.com\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

const resettingOrigin = (): Promise<RecordingOrigin> =>
  startOrigin({ onConnection: peer => peer.socket.once('data', () => peer.socket.resetAndDestroy()) });

test('a request whose endpoint refuses the connection goes to another, whatever its method and body', async t => {
  let sent = 0;
  const bugs = await inWorld(
    [deadOrigin(), await startAnsweringOrigin(OK)],
    {},
    async ({ router, client, origins }) => {
      // As many as a pool retries in ten seconds however few its requests are.
      while (router.counters.get('retries') < BUDGET_MINIMUM) {
        client.write('POST / HTTP/1.1\r\nHost: taobao.com\r\nContent-Length: 5\r\n\r\nhello');
        t.is(await client.untilLength(OK.length), OK);
        client.takeReceived();
        sent += 1;
      }
      const seen = origins[1]?.connections.map(({ received }) => received).join('') ?? '';
      t.is(seen.split('hello').length - 1, sent, 'each body arrived once');
      t.is(router.counters.get('retries'), router.counters.get('upstream_connect_failures'));
    },
  );
  t.deepEqual(bugs, []);
});

test('a pool of one dead endpoint answers 502 with the request id, and the connection lives on', async t => {
  const bugs = await inWorld([deadOrigin()], {}, async ({ client, router }) => {
    client.write('GET / HTTP/1.1\r\nHost: taobao.com\r\nX-Request-Id: id-7\r\n\r\n');
    const text = await client.untilText('id-7');
    t.regex(text, /^HTTP\/1\.1 502 Bad Gateway\r\n/);
    t.regex(text, /\r\nDate: .* GMT\r\n/);
    t.notRegex(text, /Connection: close/);
    t.regex(text, /code: ConnectFailed\nrequest id: id-7\n$/);
    client.takeReceived();
    client.write(
      'GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html, application/json\r\nX-Request-Id: id-8\r\n\r\n',
    );
    const json = await client.untilText('}');
    t.like(JSON.parse(json.slice(json.indexOf('{'))), {
      status: 502,
      code: 'ConnectFailed',
      requestId: 'id-8',
    });
    t.is(router.counters.get('responses_5xx'), 2);
    t.is(router.counters.get('retries'), 0);
  });
  t.deepEqual(bugs, []);
});

test('an answer to HEAD has no body, also when it is an error', async t => {
  await inWorld([deadOrigin()], {}, async ({ client }) => {
    client.write('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    const text = await client.untilEnd();
    t.regex(text, /^HTTP\/1\.1 502 [\s\S]*\r\nContent-Length: [1-9][\s\S]*\r\n\r\n$/);
  });
});

test('an empty pool answers 503', async t => {
  await inWorld([], {}, async ({ client }) => {
    client.write(GET);
    t.regex(await client.untilText('NoEndpoint'), /^HTTP\/1\.1 503 /);
  });
});

test("routing's own answers are sent, and the body of a refused request is read past", async t => {
  const answer = { kind: 'answer', status: 404, code: 'NoRoute', reason: 'No route.' } as const;
  const decide: OnePoolOptions['decide'] = request => (request.path === '/none' ? answer : undefined);
  const bugs = await inWorld(
    [await startAnsweringOrigin(OK)],
    { decide },
    async ({ client, router, origins }) => {
      client.write('POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\nGET /smuggled HTTP/1.1\r\n');
      await client.untilText('NoRoute');
      client.write(`Host: a\r\n\r\n12345${GET}`);
      const text = await client.untilText('\r\n\r\nok');
      t.regex(text, /^HTTP\/1\.1 404 Not Found\r\n/);
      t.notRegex(origins[0]?.connections[0]?.received ?? '', /smuggled/);
      t.is(router.counters.get('unrouted'), 1);
      t.deepEqual(router.counters.answersByTrack(), { stable: { '2xx': 1 } });
    },
  );
  t.deepEqual(bugs, []);
});

test('a routing that throws costs that request a 500, and nobody else anything', async t => {
  const decide: OnePoolOptions['decide'] = request => {
    if (request.path === '/bug') throw new Error('boom');
    return undefined;
  };
  const bugs = await inWorld([await startAnsweringOrigin(OK)], { decide }, async ({ client, router }) => {
    client.write(`${GET}GET /bug HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = await client.untilEnd();
    t.regex(text, /^HTTP\/1\.1 200 OK[\s\S]*HTTP\/1\.1 500 Internal Server Error/);
    t.notRegex(text, /boom|\.ts/);
    const other = await connectRaw(router.port);
    other.write(GET);
    t.is(await other.untilLength(OK.length), OK);
    other.socket.destroy();
  });
  t.is(bugs.length, 1);
});

test('P26: on a reused socket that is reset before an answer, GET is sent again, POST is not', async t => {
  let answers = 0;
  const origin = await startOrigin({
    onConnection: peer => {
      let requests = 0;
      peer.socket.on('data', () => {
        requests += 1;
        if (requests > 1) peer.socket.resetAndDestroy();
        else {
          answers += 1;
          peer.write(OK);
        }
      });
    },
  });
  const bugs = await inWorld([origin], {}, async ({ client, router }) => {
    client.write(GET);
    await client.untilLength(OK.length);
    client.takeReceived();
    client.write(GET);
    t.is(await client.untilLength(OK.length), OK);
    t.is(answers, 2);
    t.is(router.counters.get('retries'), 1);
    client.takeReceived();
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    t.regex(await client.untilText('UpstreamReset'), /^HTTP\/1\.1 502 /);
    t.is(router.counters.get('retries'), 1);
  });
  t.deepEqual(bugs, []);
});

test('one retry is all: two resetting endpoints give 502, and each saw the request once', async t => {
  await inWorld(
    [await resettingOrigin(), await resettingOrigin()],
    {},
    async ({ client, router, origins }) => {
      client.write(GET);
      t.regex(await client.untilText('UpstreamReset'), /^HTTP\/1\.1 502 /);
      t.deepEqual(
        origins.map(({ connections }) => connections.length),
        [1, 1],
      );
      t.is(router.counters.get('retries'), 1);
    },
  );
});

test('an endpoint that does not answer gives 504, and its socket is closed', async t => {
  await inWorld(
    [await startOrigin()],
    withOptions({ responseHeadTimeoutMs: 20 }),
    async ({ client, origins, router }) => {
      client.write(GET);
      t.regex(await client.untilText('UpstreamTimeout'), /^HTTP\/1\.1 504 /);
      const peer = await origins[0]?.connection(0);
      await peer?.untilClosed();
      t.is(router.counters.get('upstream_timeouts'), 1);
    },
  );
});

test('an answer that breaks off in its head is a 502', async t => {
  const origin = await startOrigin({
    onConnection: peer => peer.socket.once('data', () => peer.socket.end('HTTP/1.1 200 OK\r\nContent-')),
  });
  await inWorld([origin], {}, async ({ client, router }) => {
    client.write(GET);
    t.regex(await client.untilText('UpstreamReset'), /^HTTP\/1\.1 502 /);
    t.is(router.counters.get('retries'), 0, 'its first byte had come');
  });
});

test('P13: an answer that breaks off in its body ends the connection short', async t => {
  for (const head of [
    'Content-Length: 10\r\n\r\nhello',
    'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ]) {
    const origin = await startOrigin({
      onConnection: peer => peer.socket.once('data', () => peer.socket.end(`HTTP/1.1 200 OK\r\n${head}`)),
    });
    await inWorld([origin], {}, async ({ client }) => {
      client.write(GET);
      const text = await client.untilEnd();
      t.regex(text, /hello(?:\r\n)?$/);
    });
  }
});

test('an HTTP/1.0 client sees by a reset that an answer without length broke off', async t => {
  const origin = await startOrigin({
    onConnection: peer =>
      peer.socket.once('data', () =>
        peer.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'),
      ),
  });
  await inWorld([origin], {}, async ({ client, origins }) => {
    client.write('GET / HTTP/1.0\r\n\r\n');
    await client.untilText('hello');
    const reset = new Promise(resolve => client.socket.once('error', resolve));
    const peer = await origins[0]?.connection(0);
    peer?.write('x\r\n');
    t.like(await reset, { code: 'ECONNRESET' });
  });
});

test('P25: Expect is forwarded; the body goes when the backend says so', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.write('PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    const peer = await origins[0]?.connection(0);
    t.regex((await peer?.untilText('\r\n\r\n')) ?? '', /\r\nExpect: 100-continue\r\n/);
    peer?.write('HTTP/1.1 100 Continue\r\n\r\n');
    await client.untilText('100 Continue\r\n\r\n');
    client.write('hello');
    await peer?.untilText('hello');
    peer?.write(OK);
    const text = await client.untilText('\r\n\r\nok');
    t.notRegex(text, /Connection: close/);
  });
});

test('P25: a final answer instead of 100 ends the connection, since the body may come or not', async t => {
  await inWorld(
    [await startAnsweringOrigin('HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n')],
    {},
    async ({ client, origins }) => {
      client.write('PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
      const text = await client.untilEnd();
      t.regex(text, /^HTTP\/1\.1 417 No\r\n[\s\S]*Connection: close\r\n\r\n$/);
      const peer = await origins[0]?.connection(0);
      await peer?.untilClosed();
    },
  );
});

test('an early answer is passed on; a body that completes keeps the client, never the upstream socket', async t => {
  const bugs = await inWorld([await startAnsweringOrigin(OK)], {}, async ({ client, origins }) => {
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    t.is(await client.untilLength(OK.length), OK);
    const first = await origins[0]?.connection(0);
    await first?.untilClosed();
    client.write(`world${GET}`);
    t.is(await client.untilLength(2 * OK.length), OK + OK);
    t.is(origins[0]?.connections.length, 2);
  });
  t.deepEqual(bugs, []);
});

test('an early answer whose body never completes ends the connection after a moment', async t => {
  await inWorld([await startAnsweringOrigin(OK)], withOptions({ lingerMs: 20 }), async ({ client }) => {
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello');
    t.is(await client.untilEnd(), OK);
  });
});

test('a client that goes away takes its upstream socket with it', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins, router }) => {
    client.write(GET);
    const peer = await origins[0]?.connection(0);
    await peer?.untilText('\r\n\r\n');
    client.socket.resetAndDestroy();
    await peer?.untilClosed();
    t.is(router.counters.get('client_aborts'), 1);
    t.is(router.pool.endpoints[0]?.inFlight, 0);
  });
});

test('a client that goes away in its body takes its upstream socket with it: a short body is no body', async t => {
  for (const body of [
    'Content-Length: 10\r\n\r\nhello',
    'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
  ]) {
    await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
      client.write(`POST / HTTP/1.1\r\nHost: a\r\n${body}`);
      const peer = await origins[0]?.connection(0);
      await peer?.untilText('hello');
      // CVE-2026-33555: FIN before the promised bytes.
      client.socket.end();
      await peer?.untilClosed();
      t.regex(peer?.received ?? '', /hello(?:\r\n)?$/);
    });
  }
});

test('a chunked body that turns out malformed is a 400, and the backend sees no end of it', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins, router }) => {
    client.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    const peer = await origins[0]?.connection(0);
    await peer?.untilText('hello');
    client.write('zz\r\n0\r\n\r\n');
    const text = await client.untilEnd();
    t.regex(text, /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*Connection: close[\s\S]*BadBody/);
    await peer?.untilClosed();
    t.notRegex(peer?.received ?? '', /\r\n0\r\n/);
    t.is(router.counters.get('refused'), 1);
  });
});

test('a rewrite replaces the path, keeps the query, and cannot break the request line', async t => {
  const rewritePath = (path: string, budget: MatchingBudget): string => {
    if (path === '/costly') budget.spend(Number.POSITIVE_INFINITY);
    return { '/bad': '/a b\r\nX: 1', '/q': '/new?x=1', '/costly': '' }[path] ?? `/new${path}`;
  };
  await inWorld(
    [await startAnsweringOrigin(OK)],
    { forward: { rewritePath } },
    async ({ client, origins, router }) => {
      client.write('GET /a?b=1 HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.untilLength(OK.length);
      client.write('GET /q?b=1 HTTP/1.1\r\nHost: a\r\n\r\n');
      await client.untilLength(2 * OK.length);
      const peer = await origins[0]?.connection(0);
      t.regex(
        peer?.received ?? '',
        /^GET \/new\/a\?b=1 HTTP\/1\.1\r\n[\s\S]*GET \/new\?x=1&b=1 HTTP\/1\.1\r\n/,
      );
      client.write('GET /bad HTTP/1.1\r\nHost: a\r\n\r\n');
      t.regex(await client.untilText('BadRewrite'), /HTTP\/1\.1 503 /);
      client.write('GET /costly HTTP/1.1\r\nHost: a\r\n\r\n');
      t.regex(await client.untilText('PathTooCostly'), /HTTP\/1\.1 414 /);
      t.is(router.counters.get('regex_budget_exhausted'), 1);
    },
  );
});

test('minted cookies are set on the answer, also when it is ours', async t => {
  const decide: OnePoolOptions['decide'] = request => {
    request.mint('grey', 60);
    return undefined;
  };
  const cookie = /\r\nSet-Cookie: grey=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=60\r\n/;
  await inWorld([await startAnsweringOrigin(OK)], { decide }, async ({ client, router }) => {
    client.write(GET);
    t.regex(await client.untilText('\r\n\r\nok'), cookie);
    client.takeReceived();
    router.pool.retire();
    client.write(GET);
    t.regex(await client.untilText('NoEndpoint'), cookie);
  });
});

test('a minted cookie is set on the answer that switches protocols', async t => {
  const decide: OnePoolOptions['decide'] = request => {
    request.mint('grey', null);
    return undefined;
  };
  const switching =
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\nSet-Cookie: own=1\r\n\r\nfirst';
  await inWorld([await startAnsweringOrigin(switching)], { decide }, async ({ client }) => {
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    const answer = await client.untilText('first');
    t.is(answer.split('\r\n').filter(line => line.startsWith('Set-Cookie: ')).length, 2, answer);
    t.regex(answer, /\r\nSet-Cookie: grey=[0-9a-f]{32}; Path=\/; HttpOnly; SameSite=Lax\r\n/);
  });
});

test('what fell back is counted', async t => {
  await inWorld(
    [await startAnsweringOrigin(OK)],
    { forward: { fellBack: true } },
    async ({ client, router }) => {
      client.write(GET);
      await client.untilLength(OK.length);
      t.is(router.counters.get('fallbacks'), 1);
    },
  );
});

test('an endpoint that leaves the plan finishes its request, then its socket closes; idle ones close at once', async t => {
  await inWorld([await startOrigin()], {}, async ({ client, origins, router }) => {
    const other = await connectRaw(router.port);
    for (const peer of [client, other]) peer.write(GET);
    const first = await origins[0]?.connection(0);
    const second = await origins[0]?.connection(1);
    await first?.untilText('\r\n\r\n');
    await second?.untilText('\r\n\r\n');
    first?.write(OK);
    await Promise.race([client.untilLength(OK.length), other.untilLength(OK.length)]);
    router.pool.retire();
    await first?.untilClosed();
    await socketsRead();
    t.false(second?.isClosed, 'its request is still running');
    second?.write(OK);
    await second?.untilClosed();
    t.is(await client.untilLength(OK.length), OK);
    t.is(await other.untilLength(OK.length), OK);
    other.socket.destroy();
  });
});
