import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import { Counters } from '../../router/counters.ts';
import type { Routing } from '../../router/routing/decision.ts';
import { startServer } from '../../router/server.ts';
import { startOnePoolRouter } from '../helpers/one-pool-router.ts';
import { connectRaw } from '../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../helpers/recording-origin.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const routing: Routing = {
  decide: () => ({ kind: 'answer', status: 404, code: 'NoHost', reason: '' }),
  certificateOf: () => null,
};
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';

test('a port in use is said, not thrown at the process', async t => {
  const first = await startOnePoolRouter([]);
  const error = await t.throwsAsync(
    startServer({ routing, port: first.port, host: '127.0.0.1', log: () => undefined }),
  );
  t.is((error as NodeJS.ErrnoException | undefined)?.code, 'EADDRINUSE');
  await first.close();
});

test('a graceful stop ends idle connections, finishes answers with Connection: close, and takes nobody new', async t => {
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port]);
  const idle = await connectRaw(router.port);
  const busy = await connectRaw(router.port);
  busy.write(GET + GET);
  const peer = await origin.connection(0);
  await peer.untilText('\r\n\r\n');
  const stopped = router.close();
  t.is(await idle.untilEnd(), '');
  idle.socket.end();
  await t.throwsAsync(connectRaw(router.port), { code: 'ECONNREFUSED' });
  peer.write(OK);
  t.is(await busy.untilEnd(), OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
  busy.socket.end();
  await stopped;
  await peer.untilClosed();
  t.is(peer.received.split('GET ').length, 2, 'the second request was left to another router');
  await origin.close();
});

test('a graceful stop does not wait longer than its drain timeout', async t => {
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port], { options: { drainTimeoutMs: 30 } });
  const client = await connectRaw(router.port);
  client.write(GET);
  const peer = await origin.connection(0);
  await peer.untilText('\r\n\r\n');
  await router.close();
  await client.untilEnd();
  await peer.untilClosed();
  client.socket.destroy();
  t.is(client.received, '');
  await origin.close();
});

test('listeners of one worker may share their counters', async t => {
  const origin = await startAnsweringOrigin(OK);
  const counters = new Counters();
  const servers = await Promise.all(
    [1, 2].map(() => startServer({ routing, port: 0, host: '127.0.0.1', counters, log: () => undefined })),
  );
  for (const { port } of servers) {
    const client = await connectRaw(port);
    client.write(GET);
    await client.untilText('NoHost');
    client.socket.destroy();
  }
  t.is(counters.get('responses_4xx'), 2);
  for (const server of servers) await server.close();
  await origin.close();
});

test('connections that are open can be counted, idle ones included', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port]);
  t.deepEqual(router.openConnections(), { clients: 0, upstreams: 0 });
  const client = await connectRaw(router.port);
  client.write(GET);
  await client.untilText('ok');
  t.deepEqual(router.openConnections(), { clients: 1, upstreams: 1 });
  client.socket.destroy();
  await router.close();
  t.is(router.openConnections().clients, 0);
  await origin.close();
});

test('a listening socket can be handed over, as a primary does it with its workers', async t => {
  const listener = createServer();
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const server = await startServer({
    routing,
    listeners: [{ kind: 'http', port: 80, handles: [listener] }],
    log: () => undefined,
  });
  const client = await connectRaw((listener.address() as AddressInfo).port);
  client.write(GET);
  t.regex(await client.untilText('NoHost'), /^HTTP\/1\.1 404 /);
  client.socket.destroy();
  await server.close();
});
