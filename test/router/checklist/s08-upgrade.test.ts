import test from 'ava';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { startOrigin } from '../../helpers/recording-origin.ts';
import { inWorld } from '../../helpers/router-world.ts';
import { OK, sentThrough } from '../../helpers/sent-through.ts';

const HOST = 'Host: a.com\r\n';
const GET = `GET / HTTP/1.1\r\n${HOST}\r\n`;
const SMUGGLED = `GET /smuggled HTTP/1.1\r\n${HOST}\r\n`;
const upgrade = (fields = '', protocol = 'websocket'): string =>
  `GET /ws HTTP/1.1\r\n${HOST}Connection: Upgrade\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${fields}\r\n`;
const switching = (fields = ''): string =>
  `HTTP/1.1 101 Switching Protocols\r\n${fields}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;

/** A client that asked to upgrade, and the origin's connection that holds its request. */
const asked = (
  bytes: string,
  work: (client: RawPeer, peer: RawPeer, count: () => number) => Promise<void>,
): Promise<readonly string[]> =>
  startOrigin().then(origin =>
    inWorld([origin], {}, async ({ client }) => {
      client.write(bytes);
      const peer = await origin.connection(0);
      await peer.untilText('\r\n\r\n');
      await work(client, peer, () => origin.connections.length);
    }),
  );

// nghttpx CVE-2026-58055: Upgrade with Content-Length made the body a tunnel for one side.
test('S8: a request with a body is no upgrade', async t => {
  await sentThrough({}, async ({ send }) => {
    for (const [fields, body] of [
      [`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED],
      ['Transfer-Encoding: chunked\r\n', '0\r\n\r\n'],
    ] as const) {
      const { requests } = await send(upgrade(fields) + body);
      t.is(requests.length, 1);
      t.is(requests[0]?.body, body);
      t.notRegex(requests[0]?.head ?? '', /^(?:upgrade|connection):/im);
    }
  });
});

// Envoy CVE-2026-73548, RFC 9931: bytes that are sent before the answer belong to whichever protocol it chooses.
test('S8: bytes before a 101 wait, and go into the tunnel once it is one', async t => {
  const bugs = await asked(upgrade() + SMUGGLED, async (client, peer, count) => {
    t.notRegex(peer.received, /smuggled/);
    peer.write(`${switching()}first`);
    await peer.untilText(SMUGGLED);
    await client.untilText('first');
    t.is(count(), 1, 'never a request of its own');
  });
  t.deepEqual(bugs, []);
});
test('S8: 200, 404 and 426 are answers: what was sent ahead is the next request, never part of the upgrade', async t => {
  for (const answer of [
    OK,
    'HTTP/1.1 404 No\r\nDate: now\r\nContent-Length: 0\r\n\r\n',
    'HTTP/1.1 426 No\r\nDate: now\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n',
  ]) {
    await sentThrough({ answer }, async ({ send, origin }) => {
      const { statuses, requests, answer: text } = await send(upgrade() + GET);
      t.is(statuses.length, 2);
      t.is(requests.length, 2);
      t.notRegex(text, /upgrade/i, 'the fields of that hop end here');
      t.is(origin.connections.length, 2, 'the socket that was asked to upgrade is not used again');
      t.is(origin.connections[0]?.received.split(' HTTP/1.1\r\n').length, 2);
    });
  }
});
test('S8: a 101 makes a tunnel whatever it says in Sec-WebSocket-Accept: the client checks it (RFC 6455 4.1)', async t => {
  const bugs = await asked(upgrade(), async (client, peer, count) => {
    peer.write(switching('Sec-WebSocket-Accept: wrong\r\n'));
    t.regex(await client.untilText('\r\n\r\n'), /\r\nSec-WebSocket-Accept: wrong\r\n/);
    client.write(SMUGGLED);
    await peer.untilText(SMUGGLED);
    client.socket.end();
    await peer.untilClosed();
    t.is(count(), 1);
    t.is(peer.received.split('/smuggled').length, 2);
  });
  t.deepEqual(bugs, []);
});
test('S8: the socket of a tunnel is never used for another request', async t => {
  const origin = await startOrigin();
  const bugs = await inWorld([origin], {}, async ({ client, router }) => {
    client.write(upgrade());
    const tunnel = await origin.connection(0);
    await tunnel.untilText('\r\n\r\n');
    tunnel.write(switching());
    await client.untilText('\r\n\r\n');
    // Bytes that look like a whole answer, and a client that is through with it: still no idle connection.
    tunnel.write(OK);
    await client.untilText(OK);
    client.socket.end();
    const other = await connectRaw(router.port);
    other.write(GET);
    const second = await origin.connection(1);
    await second.untilText('\r\n\r\n');
    second.write(OK);
    t.is(await other.untilLength(OK.length), OK);
    await tunnel.untilClosed();
    t.notRegex(tunnel.received, /GET \/ /);
    other.socket.destroy();
  });
  t.deepEqual(bugs, []);
});

// CVE-2020-11984 and its kin: h2c behind a proxy is a tunnel past all routing.
test('S8: h2c is never forwarded', async t => {
  await sentThrough({}, async ({ send }) => {
    for (const protocol of ['h2c', 'H2C', 'websocket, h2c', 'h2c,websocket', 'h2c/1']) {
      const { requests } = await send(upgrade('HTTP2-Settings: AAMAAABk\r\n', protocol));
      t.is(requests.length, 1);
      t.notRegex(requests[0]?.head ?? '', /^(?:upgrade|connection):|h2c/im, protocol);
    }
  });
});

// Envoy #44525: the Connection list was skipped on upgrades.
test('S8: what else Connection names is removed from an upgrade too', async t => {
  await sentThrough({}, async ({ send }) => {
    const { requests } = await send(upgrade('Connection: X-Secret, keep-alive\r\nX-Secret: 1\r\n'));
    t.regex(requests[0]?.head ?? '', /\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/);
    t.notRegex(requests[0]?.head ?? '', /x-secret/i);
    t.deepEqual((await send(upgrade('Connection: Host\r\n'))).statuses, [400]);
  });
});

test('S8: CONNECT is refused and the connection closed', async t => {
  await sentThrough({}, async ({ send, origin }) => {
    for (const target of ['a.com:443', '/', 'http://a.com/', '*']) {
      const { statuses, answer } = await send(`CONNECT ${target} HTTP/1.1\r\n${HOST}\r\n${SMUGGLED}`);
      t.deepEqual(statuses, [405], target);
      t.regex(answer, /\r\nConnection: close\r\n/);
    }
    t.is(origin.connections.length, 0);
  });
});
