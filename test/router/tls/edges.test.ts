import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import test from 'ava';
import { Counters } from '../../../router/counters.ts';
import { DEFAULT_OPTIONS, Engine } from '../../../router/engine.ts';
import { RouteTable } from '../../../router/routing/table.ts';
import { TimerWheel } from '../../../router/timer-wheel.ts';
import { type AcceptedTls, acceptByNode } from '../../../router/tls/accept-tls.ts';
import type { TlsFacts } from '../../../router/tls/tls-facts.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw, RawPeer } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { contextsOf, ecdsaPlan } from '../../helpers/tls-certificates.ts';
import { connectTlsPeer, namesShown } from '../../helpers/tls-peer.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const A = ecdsaPlan('shop/a', 'a.test');
const certificateOf = (host: string): string | null => (host === 'a.test' ? 'shop/a' : null);

const until = async (isMet: () => boolean): Promise<void> => {
  while (!isMet()) await new Promise(resolve => setTimeout(resolve, 5));
};

/** A client whose bytes to the router pass in pieces of this size; 1 is one segment for each byte. */
const throughPieces = async (port: number, size: number): Promise<{ port: number; close: () => void }> => {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true }, near => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    sockets.push(near, far);
    let queue = Promise.resolve();
    near.on('data', (bytes: Buffer) => {
      queue = queue.then(async () => {
        for (let at = 0; at < bytes.length; at += size) {
          far.write(bytes.subarray(at, at + size));
          await new Promise(resolve => setImmediate(resolve));
        }
      });
    });
    far.pipe(near);
    near.on('error', () => undefined);
    far.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
};

for (const size of [1, 7, 100]) {
  test(`records that come in pieces of ${size} make the same requests`, async t => {
    const origin = await startAnsweringOrigin(OK);
    const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([A]), certificateOf });
    const pieces = await throughPieces(router.tlsPort, size);
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = await connectTlsPeer(pieces.port, { servername: 'a.test', maxVersion });
      for (let nth = 0; nth < 3; nth += 1) {
        client.write(`GET /${nth} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
        await client.untilText(OK);
        client.takeReceived();
      }
      client.socket.destroy();
    }
    pieces.close();
    await router.close();
    await origin.close();
    t.deepEqual(router.bugs, []);
  });
}

test('a request that is cut at every byte into two records is forwarded as it was', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([A]), certificateOf });
  const client = await connectTlsPeer(router.tlsPort, { servername: 'a.test' });
  const request = 'POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello';
  for (let cut = 1; cut < request.length; cut += 1) {
    client.write(request.slice(0, cut));
    await new Promise(resolve => setImmediate(resolve));
    client.write(request.slice(cut));
    t.is(await client.untilText(OK), OK, `cut at ${cut}`);
    client.takeReceived();
  }
  client.socket.destroy();
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('pipelined requests are answered in their order, however many answers share a record', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([A]), certificateOf });
  const client = await connectTlsPeer(router.tlsPort, { servername: 'a.test' });
  client.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'.repeat(500));
  await client.untilLength(OK.length * 500);
  t.is(client.received, OK.repeat(500));
  client.socket.destroy();
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('a client that does not read its answer holds up the pod, and gets all of it in the end', async t => {
  const body = 'x'.repeat(20_000_000);
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([]) });
  const client = await connectTlsPeer(router.tlsPort);
  client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const upstream = await origin.connection(0);
  await upstream.untilText('\r\n\r\n');
  client.socket.pause();
  upstream.write(`HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${body.length}\r\n\r\n`);
  upstream.write(body);
  let before = -1;
  while (upstream.socket.bytesWritten !== before) {
    before = upstream.socket.bytesWritten;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  t.true(upstream.socket.writableLength > 1_000_000, 'the pod waits');
  client.socket.resume();
  await client.untilEnd();
  t.is(client.received.length - client.received.indexOf('\r\n\r\n') - 4, body.length);
  client.socket.destroy();
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('a pod that breaks off is a connection that ends without the notice that TLS ends with', async t => {
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([]) });
  const client = await connectTlsPeer(router.tlsPort);
  client.write('GET / HTTP/1.0\r\nHost: x\r\n\r\n');
  const upstream = await origin.connection(0);
  await upstream.untilText('\r\n\r\n');
  upstream.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  await client.untilText('hello');
  upstream.socket.destroy();
  await client.untilClosed();
  t.false(client.hasEnded);
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('a handshake has as long as a head, is counted, and holds nobody else up', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port], {
    contexts: contextsOf([]),
    options: { requestHeadTimeoutMs: 3_000 },
  });
  const silent = await Promise.all(Array.from({ length: 50 }, () => connectRaw(router.tlsPort)));
  for (const peer of silent) peer.socket.write(Buffer.of(22, 3, 1, 2, 0, 1));
  const good = await connectTlsPeer(router.tlsPort);
  good.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await good.untilText(OK);
  await Promise.all(silent.map(peer => peer.untilEnd()));
  t.is(router.counters.get('tls_failed_timeout'), 50);
  t.is(router.counters.get('tls_new'), 1);
  await until(() => router.openConnections().clients === 1);
  for (const { socket } of [...silent, good]) socket.destroy();
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('above the limit of connections a handshake is not begun', async t => {
  const router = await startOnePoolRouter([], { contexts: contextsOf([]), options: { maxConnections: 2 } });
  const held = [await connectTlsPeer(router.tlsPort), await connectRaw(router.tlsPort)];
  await until(() => router.openConnections().clients === 2);
  await t.throwsAsync(() => connectTlsPeer(router.tlsPort));
  t.is(router.counters.get('connections_shed'), 1);
  for (const { socket } of held) socket.destroy();
  await until(() => router.openConnections().clients === 0);
  const again = await connectTlsPeer(router.tlsPort);
  again.socket.destroy();
  await router.close();
});

test('a certificate that cannot be loaded costs its own hosts their certificate, and a line', async t => {
  const logged: string[] = [];
  const broken = { ...A, id: 'shop/broken', key: ecdsaPlan('x', 'x').key };
  const contexts = contextsOf([A, broken], { log: text => logged.push(text) });
  const router = await startOnePoolRouter([], {
    contexts,
    certificateOf: host => ({ 'a.test': 'shop/a', 'b.test': 'shop/broken' })[host] ?? null,
  });
  for (const [servername, shown] of [
    ['b.test', 'DNS:fallback.test'],
    ['b.test', 'DNS:fallback.test'],
    ['a.test', 'DNS:a.test'],
  ] as const) {
    const client = await connectTlsPeer(router.tlsPort, { servername });
    t.is(namesShown(client), shown);
    client.socket.destroy();
  }
  t.is(logged.length, 1);
  t.regex(logged[0] ?? '', /^certificate shop\/broken cannot be loaded, the default one is shown instead: /);
  t.false((logged[0] ?? '').includes('PRIVATE'));
  await router.close();
});

test('the default certificate of an installation is shown where a host has none, and the own one until it is there', async t => {
  const contexts = contextsOf([], { defaultId: 'system/default' });
  const router = await startOnePoolRouter([], { contexts, certificateOf });
  const shown = async (): Promise<string> => {
    const client = await connectTlsPeer(router.tlsPort, { servername: 'b.test' });
    const names = namesShown(client);
    client.socket.destroy();
    return names;
  };
  t.is(await shown(), 'DNS:fallback.test');
  contexts.apply({ set: [ecdsaPlan('system/default', 'default.test')], removed: [] });
  t.is(await shown(), 'DNS:default.test');
  contexts.apply({ set: [], removed: ['system/default'] });
  t.is(await shown(), 'DNS:fallback.test');
  await router.close();
  t.deepEqual(router.bugs, []);
});

test('versions before TLS 1.2, weak ciphers and renegotiation are not taken', async t => {
  const router = await startOnePoolRouter([], {
    contexts: contextsOf([A]),
    certificateOf,
    options: { http2: false },
  });
  const options = { servername: 'a.test', ciphers: 'ALL:@SECLEVEL=0', minVersion: 'TLSv1' } as const;
  await t.throwsAsync(() => connectTlsPeer(router.tlsPort, { ...options, maxVersion: 'TLSv1.1' }));
  const cbc = { ciphers: 'ECDHE-ECDSA-AES128-SHA256', maxVersion: 'TLSv1.2' } as const;
  await t.throwsAsync(() => connectTlsPeer(router.tlsPort, { servername: 'a.test', ...cbc }));
  t.is(router.counters.get('tls_failed_unsupported'), 2);
  const client = await connectTlsPeer(router.tlsPort, { servername: 'a.test', maxVersion: 'TLSv1.2' });
  client.socket.renegotiate({}, () => undefined);
  await client.untilClosed();
  t.is(router.openConnections().clients, 0);
  await t.throwsAsync(() => connectTlsPeer(router.tlsPort, { ALPNProtocols: ['h2'] }));
  await router.close();
  t.deepEqual(router.bugs, []);
});

test('a stop lets the request that runs finish, ends idle connections, and handshakes that hang', async t => {
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([]) });
  const [idle, busy] = [await connectTlsPeer(router.tlsPort), await connectTlsPeer(router.tlsPort)];
  const hanging = await connectRaw(router.tlsPort);
  busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const upstream = await origin.connection(0);
  await upstream.untilText('\r\n\r\n');
  await until(() => router.openConnections().clients === 3);
  const closed = router.close();
  await Promise.all([idle.untilEnd(), hanging.untilEnd()]);
  t.true(idle.hasEnded);
  upstream.write(OK);
  t.regex(await busy.untilEnd(), /\r\nConnection: close\r\n[\s\S]*ok$/);
  for (const { socket } of [idle, busy, hanging]) socket.destroy();
  await closed;
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test("by Node's public classes alone a connection is accepted, read, written and ended all the same", async t => {
  const engine = new Engine({
    routing: new RouteTable(),
    options: DEFAULT_OPTIONS,
    counters: new Counters(),
    wheel: new TimerWheel(DEFAULT_OPTIONS.tickMs, 0),
    log: (message, error) => t.fail(`${message}: ${String(error)}`),
  });
  const told: (TlsFacts | Error | null)[] = [];
  const contexts = contextsOf([A]);
  const termination = { contexts, certificateOf, protocols: ['http/1.1'] as const, log: engine.log };
  let accepted: AcceptedTls | null = null;
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    const owner = {
      onSecure: (facts: TlsFacts) => {
        told.push(facts);
        let received = '';
        accepted?.socket.readTo({
          onRead: count => {
            received += engine.readBuffer.toString('latin1', 0, count);
            if (!received.endsWith('!')) return;
            accepted?.socket.wire.text('you said: ');
            accepted?.socket.wire.bytes(Buffer.from(received, 'latin1'), 0, received.length);
            accepted?.socket.end();
          },
        });
      },
      onHandshakeFailed: (error: Error | null) => void told.push(error),
    };
    accepted = acceptByNode(socket, { engine, termination, owner });
    accepted.begin(null);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const client = await connectTlsPeer(port, { servername: 'A.test' });
  t.is(namesShown(client), 'DNS:a.test');
  const text = `${'x'.repeat(100_000)}!`;
  client.write(text);
  await client.untilEnd();
  t.is(client.received, `you said: ${text}`);
  client.socket.destroy();
  const other = new RawPeer(connect({ port, host: '127.0.0.1' }));
  other.write('GET / HTTP/1.1\r\n\r\n');
  await other.untilEnd();
  other.socket.destroy();
  await until(() => told.length === 2);
  t.deepEqual(told[0], { serverName: 'a.test', certificate: 'shop/a', protocol: 'http/1.1' });
  t.is((told[1] as NodeJS.ErrnoException).code, 'ERR_SSL_HTTP_REQUEST');
  connectTls({ port, host: '127.0.0.1' })
    .on('error', () => undefined)
    .destroy();
  server.close();
});
