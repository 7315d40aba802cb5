import test from 'ava';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { closedAtOnce, connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';

test('a shed connection that says nothing, or does not stop talking, is closed', async t => {
  const router = await startOnePoolRouter([], { options: { maxConnections: 1, lingerMs: 30 } });
  const first = await connectRaw(router.port);
  const silent = await connectRaw(router.port);
  t.is(await silent.untilEnd(), '');
  const talker = await connectRaw(router.port);
  talker.write('x'.repeat(10_000_000));
  await talker.untilClosed();
  const ended = await connectRaw(router.port);
  ended.socket.end();
  t.is(await ended.untilEnd(), '');
  for (const client of [first, silent, talker, ended]) client.socket.destroy();
  await router.close();
});

test('past a thousand that wait for their 503, connections are reset; a stop lets all of them go', async t => {
  const router = await startOnePoolRouter([], { options: { maxConnections: 1, lingerMs: 60_000 } });
  const clients: RawPeer[] = [];
  for (let nth = 0; nth < 1_025; nth += 1) clients.push(await connectRaw(router.port));
  await closedAtOnce(router.port);
  t.is(clients.filter(({ isClosed }) => isClosed).length, 0);
  await router.close();
  for (const client of clients) {
    await client.untilEnd();
    client.socket.destroy();
  }
  t.is(router.counters.get('connections_shed'), 1_025);
});
