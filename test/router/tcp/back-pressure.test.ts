import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import test from 'ava';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { POURED_BYTES, pieceChecksum, pourPieces, settledAt } from '../../helpers/poured-pieces.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { startTcpRouter } from '../../helpers/tcp-router.ts';

const sockets: Socket[] = [];
for (const channel of ['net.server.socket', 'net.client.socket'])
  subscribe(channel, message => sockets.push((message as { readonly socket: Socket }).socket));

/** Bytes that wait in sockets that are connected to this port. */
const heldFor = (port: number): number =>
  sockets
    .filter(
      ({ destroyed, localPort, remotePort }) => !destroyed && (localPort === port || remotePort === port),
    )
    .reduce((sum, socket) => sum + socket.writableLength + socket.readableLength, 0);

test.serial(
  'who reads slowly holds the other back, in both directions at once, and the router holds next to nothing',
  async t => {
    const origin = await startOrigin({ allowHalfOpen: true });
    const router = await startTcpRouter();
    router.serve({ stable: [origin.port] });
    const client = await connectRaw(router.port);
    const pod = await origin.connection(0);
    const sums = [pieceChecksum(client), pieceChecksum(pod)];
    client.socket.pause();
    pod.socket.pause();
    const pours = [pourPieces(client), pourPieces(pod)];
    for (const poured of pours) {
      const at = await settledAt(poured);
      t.true(at < POURED_BYTES, `${at} of ${POURED_BYTES} bytes were taken`);
    }
    const before = [router.count('received'), router.count('sent')];
    client.socket.resume();
    pod.socket.resume();
    while (!sums.every(sum => sum.count() >= POURED_BYTES)) await socketsRead();
    t.true(sums.every(sum => sum.isExact()));
    t.true(before.every(count => count < POURED_BYTES));
    t.deepEqual([router.count('received'), router.count('sent')], [POURED_BYTES, POURED_BYTES]);
    client.socket.destroy();
    await Promise.all([router.close(), origin.close()]);
    t.deepEqual(router.bugs, []);
  },
);

test.serial('of a stream whose reader has stopped the router holds at most 64 KiB', async t => {
  const origin = await startOrigin({ allowHalfOpen: true });
  const router = await startTcpRouter();
  router.serve({ stable: [origin.port] });
  const client = await connectRaw(router.port);
  const pod = await origin.connection(0);
  const sum = pieceChecksum(client);
  client.socket.pause();
  await settledAt(pourPieces(pod, { end: true }));
  t.true(heldFor(router.port) <= 65_536, `${heldFor(router.port)} bytes are held`);
  // The end comes behind all of it, and is no reset.
  client.socket.resume();
  await client.until(peer => peer.hasEnded);
  t.is(sum.count(), POURED_BYTES);
  t.true(sum.isExact());
  client.socket.end();
  await client.untilClosed();
  t.is(client.failure, '');
  await Promise.all([router.close(), origin.close()]);
  t.deepEqual(router.bugs, []);
});
