import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import test from 'ava';
import { Wire } from '../../router/wire.ts';
import { socketsRead } from '../helpers/event-loop-turns.ts';

type Pair = { readonly near: Socket; readonly far: Socket; readonly received: () => string };

/** Two ends of one connection; the far one reads nothing until it is told to. */
const connected = async (run: (pair: Pair) => Promise<void>): Promise<void> => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    highWaterMark: 16_384,
  } as never);
  const [far] = (await once(server, 'connection')) as [Socket];
  if (near.connecting) await once(near, 'connect');
  near.on('error', () => undefined);
  far.on('error', () => undefined);
  let text = '';
  far.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
  });
  far.pause();
  try {
    await run({ near, far, received: () => text });
  } finally {
    near.destroy();
    far.destroy();
    server.close();
  }
};

/** What is written differs from place to place, so that a buffer used twice shows. */
const piece = (at: number, length: number): string =>
  Array.from({ length: Math.ceil(length / 8) }, (_, word) => `${at}:${word}`.padEnd(8, '.'))
    .join('')
    .slice(0, length);

test('texts, bytes and what the stream has to take arrive in the order in which they were written', async t => {
  await connected(async ({ near, far, received }) => {
    const writer = new Wire(near);
    const shared = Buffer.alloc(70_000);
    let sent = '';
    let drains = 0;
    near.on('drain', () => {
      drains += 1;
    });
    // The far end does not read: the kernel takes some megabytes, libuv and the stream hold the rest.
    for (let at = 0; at < 400; at += 1) {
      const text = piece(at, at % 3 === 0 ? 40_000 : 300);
      if (at % 2 === 0) writer.text(text);
      else {
        shared.write(text, 100, 'latin1');
        writer.bytes(shared, 100, 100 + text.length);
        shared.fill(0x21);
      }
      sent += text;
    }
    writer.bytes(Buffer.from(piece(9, 70_000), 'latin1'), 0, 70_000);
    sent += piece(9, 70_000);
    t.true(writer.isBlocked);
    t.false(writer.isEmpty);
    far.resume();
    while (received().length < sent.length) await once(far, 'data');
    t.true(received() === sent);
    while (!writer.isEmpty) await socketsRead();
    t.false(writer.isBlocked);
    t.true(drains > 0);
    writer.text('again');
    t.true(writer.isEmpty);
  });
});

test('what waits is sent before the end of the stream', async t => {
  await connected(async ({ near, far, received }) => {
    const writer = new Wire(near);
    let sent = 0;
    while (!writer.isBlocked && sent < 64 * 1_048_576) {
      writer.text('x'.repeat(60_000));
      sent += 60_000;
    }
    t.true(writer.isBlocked);
    near.end('the end');
    far.resume();
    await once(far, 'end');
    t.is(received().length, sent + 7);
    t.true(received().endsWith('xthe end'));
  });
});

test('a write to a peer that has reset closes the socket, and throws nothing', async t => {
  await connected(async ({ near, far }) => {
    const writer = new Wire(near);
    near.pause();
    far.resetAndDestroy();
    await socketsRead();
    const closed = once(near, 'close');
    for (let at = 0; at < 3; at += 1) writer.text('x');
    await closed;
    t.true(near.destroyed);
    writer.text('late');
    writer.bytes(Buffer.from('late'), 0, 4);
    t.pass();
  });
});

test('before the connection stands the stream keeps what is written', async t => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  new Wire(near).text('early');
  const [far] = (await once(server, 'connection')) as [Socket];
  const [bytes] = (await once(far, 'data')) as [Buffer];
  t.is(bytes.toString(), 'early');
  near.destroy();
  far.destroy();
  server.close();
});
