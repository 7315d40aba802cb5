import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect, type Server } from 'node:tls';
import test from 'ava';
import { reviewOf } from '../../helpers/admission-review.ts';
import { ManualTimers } from '../../helpers/manual-timers.ts';
import { RawPeer } from '../../helpers/raw-peer.ts';
import { secureWith, WEBHOOK_NAME } from '../../helpers/serving-certificate.ts';
import {
  apiServerAgent,
  CERTIFICATE,
  call,
  connectTls,
  WEBHOOK_CLOCK,
  webhookWorld,
} from '../../helpers/webhook-world.ts';

const BODY = JSON.stringify(reviewOf());
const HEAD = `POST /mutate?timeout=3s HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

test('before there is a certificate handshakes fail, with one they succeed', async t => {
  const servers: Server[] = [];
  const world = await webhookWorld(t, { secure: server => servers.push(server) });
  await t.throwsAsync(world.call({ body: BODY }));
  t.like(await world.untilEvent(({ kind }) => kind === 'handshakeFailed'), { kind: 'handshakeFailed' });
  for (const server of servers) secureWith(CERTIFICATE.serving)(server);
  t.is((await world.call({ body: BODY })).status, 200);
});

const protocolFor = async (port: number, ...offered: readonly string[]): Promise<unknown> => {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: WEBHOOK_NAME,
    ca: CERTIFICATE.ca,
    ALPNProtocols: [...offered],
  });
  try {
    await once(socket, 'secureConnect');
    return socket.alpnProtocol;
  } catch {
    return 'refused';
  } finally {
    socket.destroy();
  }
};

test('HTTP/1.1 is spoken whatever else is offered, and nothing else', async t => {
  const { port } = await webhookWorld(t);
  t.is(await protocolFor(port, 'h2', 'http/1.1'), 'http/1.1');
  t.is(await protocolFor(port, 'http/1.1'), 'http/1.1');
  t.is(await protocolFor(port, 'h2'), 'refused');
});

test('TLS 1.1 is not spoken', async t => {
  const { port } = await webhookWorld(t);
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: CERTIFICATE.ca,
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  await t.throwsAsync(once(socket, 'secureConnect'));
});

const IMPATIENT = { headTimeoutMs: 100, checkEveryMs: 20 };

test('who opens a connection and says nothing is cut off', async t => {
  const world = await webhookWorld(t, { limits: IMPATIENT });
  const silent = connectTcp(world.port, '127.0.0.1');
  silent.on('error', () => undefined);
  await once(silent, 'close');
  t.deepEqual(await world.untilEvent(({ kind }) => kind === 'handshakeFailed'), {
    kind: 'handshakeFailed',
    code: 'ERR_TLS_HANDSHAKE_TIMEOUT',
  });
});

test('who speaks TLS and never ends a head is cut off', async t => {
  const { port } = await webhookWorld(t, { limits: IMPATIENT });
  const silent = new RawPeer(await connectTls(t, port));
  await silent.untilEnd();
  const slow = new RawPeer(await connectTls(t, port));
  slow.write(HEAD.slice(0, 40));
  t.regex(await slow.untilEnd(), /^HTTP\/1\.1 408 /);
});

test('a head that is too long is refused', async t => {
  const { port } = await webhookWorld(t);
  const peer = new RawPeer(await connectTls(t, port));
  peer.write(`GET /healthz HTTP/1.1\r\nHost: w\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
  t.regex(await peer.untilEnd(), /^HTTP\/1\.1 431 /);
});

test('above the limit of connections further ones are closed', async t => {
  const { port } = await webhookWorld(t, { limits: { maxConnections: 1 } });
  const kept = new RawPeer(await connectTls(t, port));
  const further = connectTcp(port, '127.0.0.1');
  further.on('error', () => undefined);
  await once(further, 'close');
  kept.write(HEAD + BODY);
  t.regex(await kept.untilText('"allowed":true'), /^HTTP\/1\.1 200 /);
});

test('a port that is taken is an error with a code', async t => {
  const { port } = await webhookWorld(t);
  await t.throwsAsync(webhookWorld(t, { port }), { code: 'EADDRINUSE' });
});

test('leaving: not ready at once, serves on, ends idle connections, finishes what runs', async t => {
  const timers = new ManualTimers();
  const world = await webhookWorld(t, { clock: { ...WEBHOOK_CLOCK, after: timers.after } });
  const agent = apiServerAgent(t, 1);
  await world.call({ body: BODY, agent });
  const idle = new RawPeer(await connectTls(t, world.port));
  idle.write('GET /readyz HTTP/1.1\r\nHost: w\r\n\r\n');
  await idle.untilText('ok\n');
  const late = new RawPeer(await connectTls(t, world.port));
  late.write('GET /readyz HTTP/1.1\r\nHost: w\r\n\r\n');
  await late.untilText('ok\n');
  const busy = new RawPeer(await connectTls(t, world.port));
  busy.write(HEAD);
  await timers.untilSet(3000);

  const left = world.server.drain({ waitMs: 20_000, idleMs: 95_000, finishMs: 30_000 });
  await timers.untilSet(20_000);
  const ready = await call(world.port, { method: 'GET', path: '/readyz', agent });
  t.is(ready.status, 503);
  t.is(ready.text, 'sluice: this process is about to end\n');
  // A kept connection is told to go, a new one is still served.
  t.is(ready.headers.connection, 'close');
  t.is((await world.call({ body: BODY, agent })).status, 200);

  timers.ring(20_000);
  // Whose connections are idle may still ask on them.
  await timers.untilSet(75_000);
  late.write(HEAD + BODY);
  t.regex(await late.untilEnd(), /^HTTP\/1\.1 200 .*Connection: close.*"allowed":true/ms);
  timers.ring(75_000);
  await timers.untilSet(30_000);
  await idle.untilEnd();
  await t.throwsAsync(world.call({ body: BODY }), { code: 'ECONNREFUSED' });
  busy.write(BODY);
  t.regex(await busy.untilEnd(), /^HTTP\/1\.1 200 .*Connection: close.*"allowed":true/s);
  await left;
  t.false(timers.pending.includes(30_000));
});

test('leaving: what does not finish in time is cut off', async t => {
  const timers = new ManualTimers();
  const world = await webhookWorld(t, { clock: { ...WEBHOOK_CLOCK, after: timers.after } });
  const busy = new RawPeer(await connectTls(t, world.port));
  busy.write(HEAD);
  await timers.untilSet(3000);
  const left = world.server.drain({ waitMs: 1, idleMs: 0, finishMs: 30_000 });
  timers.ring(1);
  await timers.untilSet(30_000);
  timers.ring(30_000);
  await left;
  t.is(await busy.untilClosed(), '');
});

test('leaving: once all have ended their connections nothing is waited for', async t => {
  const timers = new ManualTimers();
  const world = await webhookWorld(t, { clock: { ...WEBHOOK_CLOCK, after: timers.after } });
  const idle = await connectTls(t, world.port);
  const left = world.server.drain({ waitMs: 20_000, idleMs: 95_000, finishMs: 30_000 });
  await timers.untilSet(20_000);
  timers.ring(20_000);
  await timers.untilSet(75_000);
  idle.destroy();
  await left;
  t.deepEqual(timers.pending, []);
});
