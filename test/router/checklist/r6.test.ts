// R6: Envoy's circuit and overload answers, HAProxy's maxconn. How fast 503s come is a matter of the bench.
import test from 'ava';
import { socketsRead } from '../../helpers/event-loop-turns.ts';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const SHED =
  /^HTTP\/1\.1 503 Service Unavailable\r\nDate: [^\r]+\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n$/;

test('R6 at three times the limit: who is in is served on, who is not gets 503, and there is room again', async t => {
  const limit = 20;
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port], { options: { maxConnections: limit } });
  const served: RawPeer[] = [];
  for (let nth = 0; nth < limit; nth += 1) {
    const client = await connectRaw(router.port);
    client.write(GET);
    await client.untilText('ok');
    served.push(client);
  }
  const shed = await Promise.all(Array.from({ length: 2 * limit }, () => connectRaw(router.port)));
  for (const client of shed) client.write(`${GET}${GET}`);
  for (const client of shed) t.regex(await client.untilEnd(), SHED);
  for (const client of served) {
    client.takeReceived();
    client.write(GET);
    t.is(await client.untilText('ok'), OK);
  }
  t.is(router.counters.get('connections_shed'), 2 * limit);
  t.is(router.counters.get('connections_accepted'), limit);
  // One line for all of them.
  t.deepEqual(router.bugs, [
    `${limit} connections are open, the limit; 1 new one(s) were not taken: undefined`,
  ]);
  t.is(
    origin.connections.reduce((sum, peer) => sum + peer.received.split('GET /').length - 1, 0),
    2 * limit,
  );

  served[0]?.socket.destroy();
  while (router.counters.get('connections_closed') === 0) await socketsRead();
  const next = await connectRaw(router.port);
  next.write(GET);
  t.is(await next.untilText('ok'), OK);
  for (const client of [...served, ...shed, next]) client.socket.destroy();
  await router.close();
  await origin.close();
});
