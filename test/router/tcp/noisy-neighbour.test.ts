import test from 'ava';
import { TURN_BYTES } from '../../../router/tcp/fair-turns.ts';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { startTcpRouter } from '../../helpers/tcp-router.ts';

const FLOODS = 32;
const QUESTIONS = 40;
const PIECE = Buffer.alloc(1_048_576, 'x');

/** Sends a megabyte again and again, as fast as it is taken, until it is told to end. */
const flood = (peer: RawPeer): void => {
  const more = (): void => {
    if (!peer.socket.destroyed && peer.socket.write(PIECE)) setImmediate(more);
  };
  peer.socket.on('drain', more);
  more();
};

// In bytes that others get meanwhile, not in time: a machine that is busy with something else changes nothing.
test.serial('a question goes between the streams of others, and not behind them', async t => {
  const origin = await startOrigin({
    onConnection: peer =>
      peer.socket.on('data', (bytes: Buffer) => {
        if (bytes.toString('latin1') === 'flood') flood(peer);
        else peer.write('answer');
      }),
  });
  const router = await startTcpRouter();
  router.serve({ stable: [origin.port] });
  const noisy = await Promise.all(Array.from({ length: FLOODS }, () => connectRaw(router.port)));
  for (const client of noisy) {
    client.socket.removeAllListeners('data');
    client.socket.on('data', () => undefined);
    client.write('flood');
  }
  while (router.count('sent') < FLOODS * PIECE.length) await new Promise(setImmediate);
  const quiet = await connectRaw(router.port);
  const between: number[] = [];
  for (let question = 0; question < QUESTIONS; question += 1) {
    const before = router.count('sent');
    quiet.write('?');
    await quiet.untilText('answer');
    quiet.takeReceived();
    between.push(router.count('sent') - before);
  }
  between.sort((one, other) => one - other);
  const most = between[QUESTIONS - 1] ?? 0;
  t.log(`${between[QUESTIONS >> 1]} bytes in the middle, ${most} at most`);
  // There and back are some turns, since client, router and pod share this loop; each stream alone has a megabyte to say.
  t.true(most <= 12 * TURN_BYTES, `${most} bytes of streams between a question and its answer: ${between}`);
  for (const { socket } of [...noisy, quiet]) socket.destroy();
  await Promise.all([origin.close(), router.close()]);
  t.deepEqual(router.bugs, []);
});
