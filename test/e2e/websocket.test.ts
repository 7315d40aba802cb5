import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { ingressManifest, manifestText, podManifest, serviceManifest } from '../helpers/manifest-text.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import { type RunningSluice, startUp } from '../helpers/run-sluice.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

/** The nonce and the answer to it of RFC 6455 1.3. */
const NONCE = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

/** Shakes hands as RFC 6455 4.2.2 says, names itself, then sends every byte back. */
const echo = (name: string) => (socket: Socket) => {
  let head = '';
  const onHead = (bytes: Buffer): void => {
    head += bytes.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    socket.off('data', onHead);
    const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1] ?? '';
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    const track = /^x-sluice-track: (.*)$/im.exec(head)?.[1] ?? 'none';
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.write(`${name} as ${track}|`);
    socket.write(head.slice(end + 4), 'latin1');
    socket.pipe(socket);
  };
  socket.on('data', onHead);
  socket.on('error', () => undefined);
};

const echoBackend = async (t: ExecutionContext, name: string): Promise<number> => {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    echo(name)(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
};

type Chat = RunningSluice & { readonly save: (tickets: string) => Promise<void> };

/** A chat with a stable and an edge pod behind `sluice up`. */
const startChat = async (t: ExecutionContext): Promise<Chat> => {
  const folder = await tempFolder(t);
  const save = (tickets: string): Promise<void> =>
    writeFile(
      join(folder, 'ingress.yaml'),
      manifestText(
        ingressManifest(
          'chat',
          { 'chat.example': [{ path: '/', service: 'chat' }] },
          { annotations: { 'sluice.dev/tickets': tickets } },
        ),
      ),
    );
  await save('[{"header": {"foo": "bar"}}]');
  const pods = [
    serviceManifest('chat'),
    podManifest('chat-1', { app: 'chat', port: await echoBackend(t, 'stable pod') }),
    podManifest('chat-2', { app: 'chat', track: 'edge', port: await echoBackend(t, 'edge pod') }),
  ];
  await writeFile(join(folder, 'pods.yaml'), manifestText(...pods));
  return { ...(await startUp(t, ['-f', folder])), save };
};

/** A connection that is upgraded; what it sends along with its head has to arrive too. */
const upgraded = async (
  t: ExecutionContext,
  port: number,
  { header = '', early = '' },
): Promise<{ peer: RawPeer; greeting: string }> => {
  const peer = await connectRaw(port);
  t.teardown(() => peer.socket.destroy());
  peer.write(
    `GET /room HTTP/1.1\r\nHost: chat.example\r\n${header}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${NONCE}\r\n\r\n${early}`,
  );
  const [head = '', greeting = ''] = (await peer.untilText('|')).split('\r\n\r\n');
  t.regex(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  t.true(head.toLowerCase().includes(`sec-websocket-accept: ${ACCEPT.toLowerCase()}`), head);
  return { peer, greeting };
};

const every = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');

test('a WebSocket is led by its ticket, and every byte passes both ways until one side ends', async t => {
  const { port } = await startChat(t);
  for (const { header, answer } of [
    { header: '', answer: 'stable pod as stable|' },
    { header: 'foo: bar\r\n', answer: 'edge pod as edge|' },
  ]) {
    const { peer, greeting } = await upgraded(t, port, { header });
    t.true(greeting.startsWith(answer), greeting);
    peer.takeReceived();
    for (let i = 0; i < 3; i += 1) {
      const block = every.repeat(300);
      peer.write(block);
      await peer.untilLength(block.length);
      t.true(peer.takeReceived() === block);
    }
    peer.socket.end();
    await peer.untilEnd();
    t.is(peer.received, '');
  }
});

test('bytes sent together with the head of the upgrade are not lost', async t => {
  const { port } = await startChat(t);
  const { peer } = await upgraded(t, port, { header: 'foo: bar\r\n', early: 'early bytes' });
  await peer.untilText('edge pod as edge|early bytes');
  t.pass();
});

test('an open WebSocket stays on its track when the tickets change, and a new one follows them', async t => {
  const { process, port, save } = await startChat(t);
  const { peer } = await upgraded(t, port, { header: 'foo: bar\r\n' });
  await save('[{"header": {"foo": "baz"}}]');
  await process.untilStdout(/ read /);
  peer.write('still there');
  await peer.untilText('edge pod as edge|still there');
  const { greeting } = await upgraded(t, port, { header: 'foo: bar\r\n' });
  t.true(greeting.startsWith('stable pod as stable|'), greeting);
});

test('a second signal ends a WebSocket too', async t => {
  const { process, port } = await startChat(t);
  const { peer } = await upgraded(t, port, {});
  process.kill('SIGTERM');
  await process.untilStdout(/^Stopping: /m);
  process.kill('SIGINT');
  t.is((await process.finished).code, 1);
  await peer.untilEnd();
});
