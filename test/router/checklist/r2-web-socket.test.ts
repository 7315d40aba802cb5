import test from 'ava';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { type RecordingOrigin, startOrigin } from '../../helpers/recording-origin.ts';

const ask = (protocol: string): string =>
  `GET /ws HTTP/1.1\r\nHost: a.com\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
const switching = (protocol: string): string =>
  `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;
const HI = '\x81\x02hi';
const MASKED_HI = '\x81\x82\x00\x00\x00\x00hi';
const GOING_AWAY = '\x88\x02\x03\xe9';

type Ends = {
  readonly client: RawPeer;
  readonly pod: RawPeer;
  /** Stands between two frames: once it is told, all have been. */
  readonly other: RawPeer;
  readonly stopped: Promise<void>;
};

const opened = async (router: { readonly port: number }, pods: RecordingOrigin, protocol: string) => {
  const client = await connectRaw(router.port);
  client.write(ask(protocol));
  const pod = await pods.connection(pods.connections.length);
  await pod.untilText('\r\n\r\n');
  pod.write(switching(protocol));
  await client.untilText('\r\n\r\n');
  client.takeReceived();
  pod.takeReceived();
  return { client, pod };
};

/** A tunnel through a router that is told to stop once `said` has come through, and that gives no time for it. */
const atDeadline = async (
  said: { readonly byPod: string; readonly byClient: string; readonly protocol?: string },
  work: (ends: Ends) => Promise<void>,
): Promise<readonly string[]> => {
  const { byPod, byClient, protocol = 'websocket' } = said;
  const origin: RecordingOrigin = await startOrigin();
  const options = { drainTimeoutMs: 1, lingerMs: 500, tickMs: 20 };
  const router = await startOnePoolRouter([origin.port], { options });
  const { client: other } = await opened(router, origin, 'websocket');
  const { client, pod } = await opened(router, origin, protocol);
  pod.write(byPod);
  await client.untilLength(byPod.length);
  client.takeReceived();
  client.write(byClient);
  await pod.untilLength(byClient.length);
  const stopped = router.close();
  await work({ client, pod, other, stopped });
  for (const { socket } of [client, other]) socket.destroy();
  await stopped;
  await origin.close();
  return router.bugs;
};

/** The payload of a masked close frame behind `before`. */
const maskedStatus = (received: string, before: string): number => {
  const bytes = Buffer.from(received.slice(before.length), 'latin1');
  if (bytes[0] !== 0x88 || bytes[1] !== 0x82 || bytes.length !== 8) return -1;
  return bytes.readUInt16BE(6) ^ bytes.readUInt16BE(2);
};

test('R2: at the deadline of a drain a WebSocket is closed with 1001, towards the client and towards the pod', async t => {
  const bugs = await atDeadline(
    { byPod: HI, byClient: MASKED_HI },
    async ({ client, pod, other, stopped }) => {
      t.is(await client.untilEnd(), GOING_AWAY);
      // The client closes in return, and nothing of that has anywhere to go any more.
      client.write('\x88\x82\x00\x00\x00\x00\x03\xe9');
      client.socket.end();
      await pod.untilClosed();
      t.is(pod.received.slice(0, MASKED_HI.length), MASKED_HI);
      t.is(maskedStatus(pod.received, MASKED_HI), 1001);
      other.socket.end();
      await stopped;
    },
  );
  t.deepEqual(bugs, []);
});

test('R2: a frame that is under way to the client is finished first, and is the last one', async t => {
  const bugs = await atDeadline({ byPod: '\x82\x05ab', byClient: '' }, async ({ client, pod, other }) => {
    await other.untilText(GOING_AWAY);
    // The rest of the frame, and what would come after it.
    pod.write(`cde${HI}`);
    t.is(await client.untilEnd(), `cde${GOING_AWAY}`);
  });
  t.deepEqual(bugs, []);
});

test('R2: a frame that does not end is cut, a moment after the deadline', async t => {
  const bugs = await atDeadline({ byPod: '\x82\x05ab', byClient: '' }, async ({ client, stopped }) => {
    await stopped;
    t.is(await client.untilEnd(), '');
  });
  t.deepEqual(bugs, []);
});

test('R2: a pod that is in the middle of a frame of the client is told nothing, the client is', async t => {
  const half = MASKED_HI.slice(0, 3);
  const bugs = await atDeadline({ byPod: '', byClient: half }, async ({ client, pod }) => {
    t.is(await client.untilEnd(), GOING_AWAY);
    await pod.untilClosed();
    t.is(pod.received, half);
  });
  t.deepEqual(bugs, []);
});

test('R2: whoever has closed is told nothing more', async t => {
  const said = { byPod: GOING_AWAY, byClient: '\x88\x80\x00\x00\x00\x00' };
  const bugs = await atDeadline(said, async ({ client, pod }) => {
    t.is(await client.untilEnd(), '');
    await pod.untilClosed();
    t.is(pod.received, said.byClient);
  });
  t.deepEqual(bugs, []);
});

test('R2: of another protocol nothing is known: its tunnel is cut', async t => {
  const said = { byPod: HI, byClient: '', protocol: 'chat' };
  const bugs = await atDeadline(said, async ({ client }) => {
    t.is(await client.untilEnd(), '');
  });
  t.deepEqual(bugs, []);
});
