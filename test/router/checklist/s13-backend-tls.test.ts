// S13: a pod's certificate is verified per name; Node CVE-2026-48934: what one name has shown is not resumed under another.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import test from 'ava';
import type { KeyedCertificate } from '../../../certs/authority.ts';
import { type Backend, compileBackend } from '../../../router/upstream/backend.ts';
import { BUDGET_MINIMUM } from '../../../router/upstream/retry-budget.ts';
import type { BackendTls } from '../../../src/core/backend-protocol.ts';
import { ask } from '../../helpers/ask.ts';
import { authorityAt, DAY_MS, NOW_MS, selfSigned, servingBy } from '../../helpers/certificates.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { rsaPlan } from '../../helpers/tls-certificates.ts';

const NAME = 'cart.shop.svc';
const authority = authorityAt(NOW_MS);
const other = authorityAt(NOW_MS);
const GOOD = servingBy(authority, NOW_MS, [NAME]);

const TRUST: BackendTls = {
  verify: true,
  ca: authority.certificate,
  serverName: NAME,
  sendsName: true,
  client: null,
};

type Pod = {
  readonly port: number;
  /** Of each TLS connection that became one: the name that it asked for, and whether it was resumed. */
  readonly handshakes: readonly { readonly name: string | false; readonly isReused: boolean }[];
  readonly requests: () => number;
  close(): Promise<void>;
};

type PodOptions = { readonly http?: 1 | 2; readonly clientCa?: string; readonly tls12?: boolean };

const startTlsPod = async (
  { certificate, key }: KeyedCertificate,
  { http = 1, clientCa, tls12 }: PodOptions = {},
): Promise<Pod> => {
  const handshakes: { name: string | false; isReused: boolean }[] = [];
  let requests = 0;
  const answer = (
    request: { readonly socket: unknown },
    response: Pick<ServerResponse, 'end' | 'setHeader'>,
  ): void => {
    requests += 1;
    response.setHeader('content-length', 2);
    response.end('ok');
    void request;
  };
  const options = {
    cert: certificate,
    key,
    ...(tls12 === true ? { maxVersion: 'TLSv1.2' as const } : {}),
    ...(clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
  const server: Server | Http2SecureServer =
    http === 1
      ? createServer(options, (request: IncomingMessage, response) => answer(request, response))
      : createSecureServer(options, (request, response) => answer(request, response as never));
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    handshakes.push({
      name: (socket as { servername?: string | false }).servername ?? false,
      isReused: socket.isSessionReused(),
    });
  });
  server.on('tlsClientError', () => undefined);
  server.on('sessionError', () => undefined);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    handshakes,
    requests: () => requests,
    close: () =>
      new Promise(resolve => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

const backendOf = (parts: Partial<BackendTls> = {}, http: 1 | 2 = 1): Backend =>
  compileBackend({ kind: 'tls', http, tls: { ...TRUST, ...parts } });

type Case = {
  readonly shows: KeyedCertificate;
  readonly trusts?: Partial<BackendTls>;
  readonly pod?: PodOptions;
};

const verified = test.macro({
  async exec(t, { shows, trusts = {}, pod: options = {} }: Case, isTaken: boolean) {
    for (const http of [1, 2] as const) {
      const pod = await startTlsPod(shows, { ...options, http });
      const router = await startOnePoolRouter([pod.port], { forward: { backend: backendOf(trusts, http) } });
      const { status, body } = await ask(router.port, 'a.com');
      if (isTaken) {
        t.is(body, 'ok', `HTTP/${http}`);
        t.is(pod.handshakes[0]?.name, trusts.sendsName === false ? false : (trusts.serverName ?? NAME));
      } else {
        t.is(status, 502, `HTTP/${http}: ${body}`);
        t.regex(body, /BackendCertificate/);
        t.is(router.counters.get('upstream_certificates'), 1);
        t.is(pod.requests(), 0);
      }
      t.deepEqual(router.bugs, []);
      await router.close();
      await pod.close();
    }
  },
  title: (title = '', _case, isTaken) => `S13 a pod is ${isTaken ? '' : 'not '}taken: ${title}`,
});

test('signed by the CA, for the name', verified, { shows: GOOD }, true);
test(
  'the name that is written, not the host that clients ask for',
  verified,
  { shows: servingBy(authority, NOW_MS, ['x.example.com']), trusts: { serverName: 'x.example.com' } },
  true,
);
test('a name that it is not told', verified, { shows: GOOD, trusts: { sendsName: false } }, true);
test(
  'anything without verification',
  verified,
  { shows: selfSigned(['nobody'], NOW_MS - 200 * DAY_MS), trusts: { verify: false, ca: null } },
  true,
);
test('TLS 1.2', verified, { shows: GOOD, pod: { tls12: true } }, true);
test('signed by another CA', verified, { shows: servingBy(other, NOW_MS, [NAME]) }, false);
test('signed by itself', verified, { shows: selfSigned([NAME], NOW_MS) }, false);
test('for another name', verified, { shows: servingBy(authority, NOW_MS, ['pay.shop.svc']) }, false);
test(
  'for the name of the host that clients ask for',
  verified,
  { shows: servingBy(authority, NOW_MS, ['a.com']) },
  false,
);
test(
  'for another name that it is not told',
  verified,
  { shows: servingBy(authority, NOW_MS, ['pay.shop.svc']), trusts: { sendsName: false } },
  false,
);
test('for its address alone', verified, { shows: servingBy(authority, NOW_MS, ['127.0.0.1']) }, false);
test('expired', verified, { shows: servingBy(authority, NOW_MS - 100 * DAY_MS, [NAME]) }, false);
test(
  'of the CA, where only well-known ones are trusted',
  verified,
  { shows: GOOD, trusts: { ca: null } },
  false,
);

const CLIENT = rsaPlan('client', 'router');
const WANTS = { clientCa: CLIENT.chain };

test(
  'one that wants a certificate and is shown it',
  verified,
  { shows: GOOD, trusts: { client: CLIENT }, pod: WANTS },
  true,
);
test('one that wants a certificate and is shown none', verified, { shows: GOOD, pod: WANTS }, false);

test('S13 a pod that ends the handshake over our certificate has not been asked anything', async t => {
  for (const tls12 of [true, false]) {
    const pod = await startTlsPod(GOOD, { ...WANTS, tls12 });
    const client = rsaPlan('client', 'stranger');
    const { certificate: chain, key } = selfSigned(['router'], NOW_MS);
    for (const shown of [null, { chain, key }, client]) {
      const router = await startOnePoolRouter([pod.port], {
        forward: { backend: backendOf({ client: shown }) },
      });
      t.is((await ask(router.port, 'a.com')).status, 502);
      await router.close();
    }
    t.is(pod.requests(), 0);
    await pod.close();
  }
});

test('S13 a pod that is not who it has to be fails over to one that is, whatever the method', async t => {
  const bad = await startTlsPod(selfSigned([NAME], NOW_MS));
  const good = await startTlsPod(GOOD);
  const router = await startOnePoolRouter([bad.port, good.port], { forward: { backend: backendOf() } });
  for (let nth = 0; nth < BUDGET_MINIMUM; nth += 1)
    t.is((await ask(router.port, 'a.com', { method: 'POST' })).body, 'ok');
  t.is(good.requests(), BUDGET_MINIMUM);
  t.is(bad.requests(), 0);
  await router.close();
  await bad.close();
  await good.close();
});

test('S13 sessions are resumed with the same pod, and never under another name, CA or key', async t => {
  const pod = await startTlsPod(servingBy(authority, NOW_MS, [NAME]));
  let backend = backendOf();
  const router = await startOnePoolRouter([pod.port], {
    decide: () => ({
      kind: 'forward',
      pool: router.pool,
      track: 'stable',
      trackLine: '',
      rewritePath: null,
      fellBack: false,
      choice: { balance: 'p2c', hashKey: null, affinity: null },
      checks: null,
      backend,
    }),
    // Each request is a connection of its own.
    options: { maxRequestsPerUpstream: 1 },
  });
  for (let nth = 0; nth < 3; nth += 1) t.is((await ask(router.port, 'a.com')).body, 'ok');
  t.deepEqual(
    pod.handshakes.map(({ isReused }) => isReused),
    [false, true, true],
  );
  const strangers: readonly Partial<BackendTls>[] = [
    { serverName: 'pay.shop.svc' },
    { ca: other.certificate },
    { ca: null },
    { serverName: 'pay.shop.svc', sendsName: false },
  ];
  for (const parts of strangers) {
    backend = backendOf(parts);
    const { body } = await ask(router.port, 'a.com');
    t.regex(body, /BackendCertificate/, JSON.stringify(parts).slice(0, 60));
  }
  backend = backendOf({ client: CLIENT });
  t.is((await ask(router.port, 'a.com')).body, 'ok');
  t.is(pod.handshakes.at(-1)?.isReused, false);
  t.is(pod.requests(), 4);
  await router.close();
  await pod.close();
});

test('S13 an idle connection is used again by its own route only', async t => {
  const pod = await startTlsPod(GOOD);
  const backends = { '/a': backendOf(), '/b': backendOf({ client: CLIENT }) };
  const router = await startOnePoolRouter([pod.port], {
    decide: ({ path }) => ({
      kind: 'forward',
      pool: router.pool,
      track: 'stable',
      trackLine: '',
      rewritePath: null,
      fellBack: false,
      choice: { balance: 'p2c', hashKey: null, affinity: null },
      checks: null,
      backend: backends[path as '/a' | '/b'],
    }),
  });
  for (const path of ['/a', '/a', '/b', '/a', '/b'])
    t.is((await ask(router.port, 'a.com', { path })).body, 'ok');
  t.is(pod.handshakes.length, 2);
  t.is(router.pool.endpoints[0]?.idle.length, 0);
  await router.close();
  await pod.close();
});

test('a pod that answers in plain HTTP is no TLS: 502, and it is not asked in clear', async t => {
  const origin = await startOrigin({
    onConnection: peer => peer.write('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'),
  });
  const router = await startOnePoolRouter([origin.port], { forward: { backend: backendOf() } });
  const { status, body } = await ask(router.port, 'a.com', { headers: { 'x-secret': 'plain-text' } });
  t.is(status, 502);
  t.regex(body, /ConnectFailed/);
  t.false(origin.connections.some(({ received }) => received.includes('plain-text')));
  await router.close();
  await origin.close();
});
