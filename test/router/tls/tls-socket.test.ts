import { randomBytes } from 'node:crypto';
import test from 'ava';
import { startOnePoolRouter } from '../../helpers/one-pool-router.ts';
import { connectRaw } from '../../helpers/raw-peer.ts';
import { startAnsweringOrigin, startOrigin } from '../../helpers/recording-origin.ts';
import { contextsOf, ecdsaPlan, rsaPlan } from '../../helpers/tls-certificates.ts';
import { connectTlsPeer, namesShown } from '../../helpers/tls-peer.ts';

const OK = 'HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length: 2\r\n\r\nok';
const CERTIFICATES = [ecdsaPlan('shop/a', 'a.test'), rsaPlan('shop/r', 'r.test')];

const certificateOf = (host: string): string | null =>
  ({ 'a.test': 'shop/a', 'r.test': 'shop/r' })[host] ?? null;

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`over ${version} a request is answered, with the certificate of the name that was asked for`, async t => {
    const origin = await startAnsweringOrigin(OK);
    const router = await startOnePoolRouter([origin.port], {
      contexts: contextsOf(CERTIFICATES),
      certificateOf,
    });
    for (const [servername, names] of [
      ['a.test', 'DNS:a.test'],
      ['A.TEST', 'DNS:a.test'],
      ['r.test', 'DNS:r.test'],
      ['b.test', 'DNS:fallback.test'],
      ['', 'DNS:fallback.test'],
    ] as const) {
      const client = await connectTlsPeer(router.tlsPort, {
        servername,
        minVersion: version,
        maxVersion: version,
      });
      t.is(namesShown(client), names, servername);
      t.is(client.socket.getProtocol(), version);
      t.is(client.socket.alpnProtocol, 'http/1.1');
      for (let request = 0; request < 3; request += 1) {
        client.write(`GET /${request} HTTP/1.1\r\nHost: ${servername === '' ? 'x' : servername}\r\n\r\n`);
        await client.untilText('ok');
        t.regex(client.takeReceived(), /^HTTP\/1\.1 200 OK/);
      }
      client.socket.destroy();
    }
    await router.close();
    await origin.close();
    t.deepEqual(router.bugs, []);
  });
}

test('large bodies pass both ways unharmed, and the end of the connection is told', async t => {
  const body = randomBytes(3_000_000).toString('latin1');
  const origin = await startOrigin();
  const router = await startOnePoolRouter([origin.port], { contexts: contextsOf([]) });
  const client = await connectTlsPeer(router.tlsPort);
  client.write(
    `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const upstream = await origin.connection(0);
  await upstream.until(
    peer => peer.received.length > body.length && peer.received.endsWith(body.slice(-100)),
  );
  t.true(upstream.received.endsWith(body));
  upstream.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`);
  upstream.write(body);
  await client.untilEnd();
  t.true(client.received.endsWith(body));
  client.socket.destroy();
  await router.close();
  await origin.close();
  t.deepEqual(router.bugs, []);
});

test('what is no handshake is counted and ended', async t => {
  const router = await startOnePoolRouter([], { contexts: contextsOf([]) });
  const client = await connectRaw(router.tlsPort);
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.untilEnd();
  client.socket.destroy();
  t.is(router.counters.get('tls_failed_not_tls'), 1);
  const gone = await connectRaw(router.tlsPort);
  gone.socket.resetAndDestroy();
  while (router.counters.get('tls_failed_gone') === 0) await new Promise(resolve => setTimeout(resolve, 5));
  await router.close();
  t.deepEqual(router.bugs, []);
});
