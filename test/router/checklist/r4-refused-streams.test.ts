// R4 for pods that speak HTTP/2: what a pod says it has not touched goes to another, whatever the method.
import test from 'ava';
import { ERROR_CODE } from '../../../router/http2/error-code.ts';
import { FLAG, FRAME } from '../../../router/http2/frame.ts';
import type { Forward } from '../../../router/routing/decision.ts';
import { hashOf } from '../../helpers/endpoint-wishes.ts';
import { data, goAway, resetStream } from '../../helpers/http2-frames.ts';
import { H2C, inHttp2World } from '../../helpers/http2-world.ts';
import { answer, framesFrom, head, play, startRawHttp2Pod } from '../../helpers/raw-http2-pod.ts';
import type { RawPeer } from '../../helpers/raw-peer.ts';
import type { RecordingOrigin } from '../../helpers/recording-origin.ts';

/** How a pod loses a request that has reached it. */
const LOSSES = {
  'refused the stream': (peer, id) => peer.socket.write(resetStream(id, ERROR_CODE.refusedStream)),
  'went away without it': peer => peer.socket.write(goAway(0, ERROR_CODE.noError)),
  'reset the stream': (peer, id) => peer.socket.write(resetStream(id, ERROR_CODE.internalError)),
  'closed the connection': peer => peer.socket.end(),
  'refused after a 103': (peer, id) => {
    play(peer, [head(id, [[':status', '103']]), resetStream(id, ERROR_CODE.refusedStream)]);
  },
  'reset in the body': (peer, id) => {
    play(peer, [
      head(id, [
        [':status', '200'],
        ['content-length', '20'],
      ]),
      data(id, 'ten bytes!'),
      resetStream(id, ERROR_CODE.refusedStream),
    ]);
  },
} as const satisfies Record<string, (peer: RawPeer, id: number) => unknown>;

type Loss = keyof typeof LOSSES;

const REQUESTS = {
  GET: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  'PUT without body': 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n',
  POST: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello',
  'chunked POST': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
} as const;

type Request = keyof typeof REQUESTS;
const ALL = Object.keys(REQUESTS) as readonly Request[];

/** Once the whole request is there: its content, or the end of its head. */
const isWhole = (peer: RawPeer, id: number): boolean =>
  framesFrom(peer).some(
    ({ streamId, flags, type }) => streamId === id && type <= FRAME.headers && (flags & FLAG.endStream) !== 0,
  );

const losingPod = (loss: Loss) =>
  startRawHttp2Pod((peer, id) => {
    void peer
      .until(seen => isWhole(seen, id))
      .then(
        () => LOSSES[loss](peer, id),
        () => undefined,
      );
  });

/** Answers with the content of the request. */
const echoingPod = () =>
  startRawHttp2Pod((peer, id) => {
    void peer
      .until(seen => isWhole(seen, id))
      .then(
        () => {
          const content = framesFrom(peer)
            .filter(({ streamId, type }) => streamId === id && type === FRAME.data)
            .map(({ payload }) => payload.toString('latin1'))
            .join('');
          play(peer, [
            head(id, [
              [':status', '200'],
              ['x-pod', 'second'],
            ]),
            data(id, content, FLAG.endStream),
          ]);
        },
        () => undefined,
      );
  });

const requestsAt = (pod: RecordingOrigin | undefined): number =>
  (pod?.connections ?? []).reduce(
    (sum, peer) => sum + framesFrom(peer).filter(({ type }) => type === FRAME.headers).length,
    0,
  );

const tried = async (loss: Loss, request: Request) => {
  let key = 0;
  const choice: Forward['choice'] = { balance: 'hash', hashKey: () => key, affinity: null };
  let outcome = { text: '', saw: [] as readonly number[], retries: 0 };
  const bugs = await inHttp2World(
    [await losingPod(loss), await echoingPod()],
    { forward: { choice, backend: H2C } },
    async ({ router, client, pods }) => {
      while (router.pool.pick(hashOf(key), 0) !== router.pool.endpoints[0]) key += 1;
      client.write(REQUESTS[request]);
      const text = await client.until(
        ({ received, hasEnded }) => hasEnded || /(?:\r\n0\r\n\r\n|id: \w+\n)$/.test(received),
      );
      outcome = { text, saw: pods.map(requestsAt), retries: router.counters.get('retries') };
    },
  );
  if (bugs.length > 0) throw new Error(bugs.join('\n'));
  return outcome;
};

const retry = test.macro({
  async exec(t, loss: Loss, goesOn: readonly Request[], answer: RegExp) {
    for (const request of ALL) {
      const { text, saw, retries } = await tried(loss, request);
      const isRetried = goesOn.includes(request);
      t.deepEqual(saw, isRetried ? [1, 1] : [1, 0], `${request}: ${text}`);
      t.is(retries, isRetried ? 1 : 0, request);
      if (!isRetried) t.regex(text, answer, request);
      else if (request.includes('POST'))
        t.regex(text, /x-pod: second[\s\S]*\r\n5\r\nhello\r\n0\r\n\r\n$/, request);
      else t.regex(text, /x-pod: second[\s\S]*\r\n\r\n0\r\n\r\n$/, request);
    }
  },
  title: (_, loss: Loss, goesOn: readonly Request[]) =>
    `R4 a pod that ${loss}: ${goesOn.length === 0 ? 'nothing goes' : `${goesOn.join(', ')} go`} to another`,
});

test(retry, 'refused the stream', ALL, /./);
test(retry, 'went away without it', ALL, /./);
test(retry, 'reset the stream', ['GET', 'PUT without body'], /^HTTP\/1\.1 502 [\s\S]*UpstreamReset/);
test(retry, 'closed the connection', ['GET', 'PUT without body'], /^HTTP\/1\.1 502 [\s\S]*UpstreamReset/);
test(retry, 'refused after a 103', [], /HTTP\/1\.1 502 [\s\S]*UpstreamReset/);
test(retry, 'reset in the body', [], /^HTTP\/1\.1 200 [\s\S]*ten bytes!$/);

test('R4 a body that was too large to be kept is not sent again', async t => {
  const pod = await startRawHttp2Pod((peer, id) => {
    void peer
      .until(({ received }) => received.length > 40_000)
      .then(
        () => peer.socket.write(resetStream(id, ERROR_CODE.refusedStream)),
        () => undefined,
      );
  });
  const bugs = await inHttp2World([pod, await echoingPod()], {}, async ({ client, router }) => {
    router.pool.update({
      id: router.pool.id,
      state: 'ready',
      endpoints: [{ address: '127.0.0.1', port: pod.port, pod: null }],
    });
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(60_000)}`);
    t.regex(await client.untilText('UpstreamRefused'), /^HTTP\/1\.1 503 /);
    t.is(router.counters.get('upstream_refusals'), 1);
    t.is(router.counters.get('retries'), 0);
  });
  t.deepEqual(bugs, []);
});

test('R4 the only pod of a pool is asked again on another connection when it goes away', async t => {
  let connections = 0;
  const pod = await startRawHttp2Pod((peer, id, nth) => {
    connections = Math.max(connections, nth + 1);
    if (nth === 0) peer.socket.write(goAway(0, ERROR_CODE.noError));
    else play(peer, [answer(id, 'ok')]);
  });
  const bugs = await inHttp2World([pod], {}, async ({ client, router }) => {
    client.write(REQUESTS.POST);
    await client.untilText('\r\n\r\nok');
    t.is(pod.connections.length, 2);
    t.is(router.counters.get('retries'), 1);
  });
  t.deepEqual(bugs, []);
});
