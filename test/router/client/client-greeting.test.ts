import test from 'ava';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { closedAtOnce, connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin } from '../../helpers/recording-origin.ts';
import { inWorld, withOptions } from '../../helpers/router-world.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const TRUSTED = { proxyProtocol: true, trustedProxies: ['127.0.0.0/8'] };
const HEADER = 'PROXY TCP4 6.6.6.6 10.0.0.1 50000 8443\r\n';

test('the ends that a PROXY header tells are used like the socket’s own, for every request of the connection', async t => {
  const sources: string[] = [];
  const origin = await startAnsweringOrigin(OK);
  const decide = (request: { readonly sourceAddress: string }): undefined => {
    sources.push(request.sourceAddress);
  };
  const bugs = await inWorld([origin], { options: TRUSTED, decide }, async ({ client }) => {
    client.write(`${HEADER}${GET}`);
    await client.untilText('ok');
    client.takeReceived();
    // Whom the header names is no trusted proxy: its word is replaced.
    client.write('GET / HTTP/1.0\r\nX-Forwarded-For: 7.7.7.7\r\n\r\n');
    await client.untilText('ok');
  });
  const seen = origin.connections.map(({ received }) => received).join('');
  t.deepEqual(sources, ['6.6.6.6', '6.6.6.6']);
  t.is(seen.match(/X-Forwarded-For: 6\.6\.6\.6\r\nX-Real-IP: 6\.6\.6\.6\r\n/g)?.length, 2);
  t.is(seen.match(/X-Forwarded-Port: 8443\r\n/g)?.length, 2);
  t.regex(seen, /\r\nHost: 10\.0\.0\.1:8443\r\n/);
  t.false(/PROXY|7\.7\.7\.7/.test(seen));
  t.deepEqual(bugs, []);
});

test('a header that comes byte by byte, with half a request behind it', async t => {
  const origin = await startAnsweringOrigin(OK);
  const bugs = await inWorld([origin], withOptions(TRUSTED), async ({ client }) => {
    for (const byte of HEADER) {
      await new Promise(resolve => client.socket.write(byte, resolve));
    }
    client.write(GET.slice(0, 9));
    client.write(GET.slice(9));
    t.is(await client.untilText('ok'), OK);
  });
  t.deepEqual(bugs, []);
});

test('a proxy that speaks for itself is its own client', async t => {
  const origin = await startAnsweringOrigin(OK);
  await inWorld([origin], withOptions(TRUSTED), async ({ client }) => {
    client.write(`PROXY UNKNOWN\r\nGET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n`);
    await client.untilText('ok');
  });
  t.regex(
    origin.connections[0]?.received ?? '',
    /X-Forwarded-For: 6\.6\.6\.6, 127\.0\.0\.1\r\nX-Real-IP: 6\.6\.6\.6\r\n/,
  );
});

test('without a valid header, in time, there is no connection', async t => {
  const origin = await startAnsweringOrigin(OK);
  const router = await startOnePoolRouter([origin.port], {
    options: { ...TRUSTED, requestHeadTimeoutMs: 30 },
  });
  const wrong = [GET, 'PROXY TCP4 6.6.6.6 10.0.0.1 1 2\n', '\r\n\r\n\0\r\nQUIT\n1', ''];
  for (const text of wrong) {
    t.is(await closedAtOnce(router.port, text), '');
  }
  const ended = await connectRaw(router.port);
  ended.socket.end(HEADER.slice(0, 10));
  await ended.untilClosed();
  t.is(router.counters.get('proxy_protocol_refused'), wrong.length + 1);
  t.is(router.counters.get('connections_accepted'), 0);
  const waiting = await connectRaw(router.port);
  await router.close();
  await waiting.untilEnd();
  waiting.socket.destroy();
  t.is(origin.connections.length, 0);
  t.deepEqual(router.bugs, []);
  await origin.close();
});

test('a header from a peer that is not trusted is not believed, and neither is the peer', async t => {
  const options = { proxyProtocol: true, trustedProxies: ['10.0.0.0/8'] };
  const router = await startOnePoolRouter([], { options });
  t.is(await closedAtOnce(router.port, `${HEADER}${GET}`), '');
  t.is(router.counters.get('proxy_protocol_refused'), 1);
  await router.close();
});
