import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import test from 'ava';
import { socketsRead } from '../helpers/event-loop-turns.ts';
import { connectRaw, type RawPeer } from '../helpers/raw-peer.ts';
import { startOrigin } from '../helpers/recording-origin.ts';
import { inWorld, withReadTimeout } from '../helpers/router-world.ts';

// Linux keeps up to 4 + 6 MiB in the two socket buffers of one loopback connection, and there are two of
// them: only what is larger than that shows whether the router reads on regardless.
const PIECE = Buffer.alloc(65_536);
for (let at = 0; at < PIECE.length; at += 1) PIECE[at] = (at * 7) & 0xff;
const PIECES = 640;
const TOTAL = PIECE.length * PIECES;

const sockets: Socket[] = [];
for (const channel of ['net.server.socket', 'net.client.socket'])
  subscribe(channel, message => sockets.push((message as { readonly socket: Socket }).socket));

/** Bytes that the router's own two sockets hold: exact, where the heap only says what was not collected yet. */
const heldBytes = (router: number, origin: number): number => {
  const own = sockets.filter(
    ({ destroyed, localPort, remotePort }) => !destroyed && (localPort === router || remotePort === origin),
  );
  if (own.length !== 2) throw new Error(`the router has 2 sockets here, not ${own.length}`);
  return own.reduce((sum, socket) => sum + socket.writableLength + socket.readableLength, 0);
};

/** Writes all pieces as fast as `peer` takes them. */
const pour = (peer: RawPeer, end: string): { readonly poured: () => number } => {
  let pieces = 0;
  const more = (): void => {
    while (pieces < PIECES) {
      pieces += 1;
      if (!peer.socket.write(PIECE)) return;
    }
    if (end !== '') peer.write(end);
    peer.socket.off('drain', more);
  };
  peer.socket.on('drain', more);
  more();
  return { poured: () => pieces };
};

/** The number that `value` comes to rest at. */
const settled = async (value: () => number): Promise<number> => {
  let before = -1;
  while (before !== value()) {
    before = value();
    for (let turn = 0; turn < 50; turn += 1) await socketsRead();
  }
  return before;
};

/** Counts and compares what a peer receives from now on, without keeping it. */
const checksum = (peer: RawPeer): { readonly count: () => number; readonly isExact: () => boolean } => {
  let count = 0;
  let isExact = true;
  peer.socket.removeAllListeners('data');
  peer.socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length; ) {
      const offset = count % PIECE.length;
      const length = Math.min(bytes.length - at, PIECE.length - offset);
      if (bytes.compare(PIECE, offset, offset + length, at, at + length) !== 0) isExact = false;
      at += length;
      count += length;
    }
  });
  return { count: () => count, isExact: () => isExact };
};

const until = async (isMet: () => boolean): Promise<void> => {
  while (!isMet()) await socketsRead();
};

test.serial('a slow reader stops its backend, and the router holds next to nothing', async t => {
  const bugs = await inWorld(
    [await startOrigin()],
    withReadTimeout(250),
    async ({ client, origins, router }) => {
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      const peer = await origins[0]?.connection(0);
      if (peer === undefined) return;
      await peer.untilText('\r\n\r\n');
      peer.write(`HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: ${TOTAL}\r\n\r\n`);
      await client.untilText('\r\n\r\n');
      const sum = checksum(client);
      client.socket.pause();
      const { poured } = pour(peer, '');
      const stoppedAt = await settled(poured);
      t.true(stoppedAt < PIECES, `${stoppedAt} of ${PIECES} pieces were taken`);
      // DESIGN 7
      const held = heldBytes(router.port, origins[0]?.port ?? 0);
      t.true(held <= 65_536, `${held} bytes held`);
      // A backend that may not send is not late: the same timeout ends a request that was begun later.
      const other = await connectRaw(router.port);
      other.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      await other.untilText('UpstreamTimeout');
      other.socket.destroy();
      client.socket.resume();
      await until(() => sum.count() >= TOTAL);
      t.true(sum.isExact());
    },
  );
  t.deepEqual(bugs, []);
});

test.serial('a slow backend stops its client', async t => {
  const bugs = await inWorld([await startOrigin()], {}, async ({ client, origins, router }) => {
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${TOTAL}\r\n\r\n`);
    const peer = await origins[0]?.connection(0);
    if (peer === undefined) return;
    await peer.untilText('\r\n\r\n');
    const sum = checksum(peer);
    peer.socket.pause();
    const { poured } = pour(client, '');
    const stoppedAt = await settled(poured);
    t.true(stoppedAt < PIECES, `${stoppedAt} of ${PIECES} pieces were taken`);
    const held = heldBytes(router.port, origins[0]?.port ?? 0);
    t.true(held <= 65_536, `${held} bytes held`);
    peer.socket.resume();
    await until(() => sum.count() >= TOTAL);
    t.true(sum.isExact());
    peer.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.untilText('\r\n\r\nok');
  });
  t.deepEqual(bugs, []);
});

test.serial('a tunnel is held back in both directions', async t => {
  const bugs = await inWorld([await startOrigin()], {}, async ({ client, origins }) => {
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    const peer = await origins[0]?.connection(0);
    if (peer === undefined) return;
    await peer.untilText('\r\n\r\n');
    peer.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    await client.untilText('\r\n\r\n');
    const sums = [checksum(client), checksum(peer)];
    client.socket.pause();
    peer.socket.pause();
    const pours = [pour(client, ''), pour(peer, '')];
    for (const { poured } of pours) t.true((await settled(poured)) < PIECES);
    client.socket.resume();
    peer.socket.resume();
    await until(() => sums.every(sum => sum.count() >= TOTAL));
    t.true(sums.every(sum => sum.isExact()));
  });
  t.deepEqual(bugs, []);
});
