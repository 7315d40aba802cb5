import test from 'ava';
import { connectRaw, type RawPeer } from '../../helpers/raw-peer.ts';
import { ecdsaPlan } from '../../helpers/tls-certificates.ts';
import { connectTlsPeer } from '../../helpers/tls-peer.ts';
import { inTlsWorld, type TlsWorld } from '../../helpers/tls-world.ts';

const A = ecdsaPlan('shop/a', 'a.test');
const HOSTS = { 'a.test': 'shop/a', 'b.test': null };

const ask = async (client: RawPeer, lines = '', path = '/x?y=1', host = 'a.test'): Promise<string> => {
  client.takeReceived();
  client.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines}\r\n`);
  await client.until(({ received }) => /\r\n\r\n(?:ok|.*\n)$/s.test(received));
  return client.takeReceived();
};

const seen = async ({ origin }: TlsWorld, nth = 0): Promise<string> =>
  (await origin.connection(nth)).received;

test('a pod is told that the client came over TLS, and by which port', async t => {
  const bugs = await inTlsWorld(
    { certificates: [A], hosts: HOSTS, options: { publicHttpsPort: 443 } },
    async world => {
      const client = await connectTlsPeer(world.tlsPort, { servername: 'a.test' });
      await ask(client, 'X-Forwarded-Proto: http\r\nForwarded: for=6.6.6.6;proto=http\r\n');
      const head = await seen(world);
      t.regex(head, /\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Port: 443\r\n/);
      t.regex(head, /\r\nForwarded: for=127\.0\.0\.1;host="a\.test";proto=https\r\n/);
      client.socket.destroy();
    },
  );
  t.deepEqual(bugs, []);
});

test('without --public-https-port the port is the one that TLS is served on', async t => {
  await inTlsWorld({ certificates: [A], hosts: HOSTS }, async world => {
    const client = await connectTlsPeer(world.tlsPort, { servername: 'a.test' });
    await ask(client);
    t.regex(await seen(world), new RegExp(`\r\nX-Forwarded-Port: ${world.tlsPort}\r\n`));
    client.socket.destroy();
  });
});

test('what a trusted proxy says of the scheme holds over what this connection speaks', async t => {
  const options = { trustedProxies: ['127.0.0.0/8'], publicHttpsPort: 443 };
  const hsts = { kind: 'hsts', value: 'max-age=1' } as const;
  await inTlsWorld({ certificates: [A], hosts: HOSTS, options, policies: [hsts] }, async world => {
    const client = await connectTlsPeer(world.tlsPort, { servername: 'a.test' });
    t.notRegex(await ask(client, 'X-Forwarded-Proto: http\r\n'), /Strict/);
    t.regex(await seen(world), /\r\nX-Forwarded-Proto: http\r\n/);
    t.regex(await ask(client), /\r\nStrict-Transport-Security: max-age=1\r\n/);
    const inClear = await connectRaw(world.port);
    t.regex(
      await ask(inClear, 'X-Forwarded-Proto: https\r\n'),
      /\r\nStrict-Transport-Security: max-age=1\r\n/,
    );
    client.socket.destroy();
    inClear.socket.destroy();
  });
});

test('a PROXY header before the handshake says who the client is, and which port it reached', async t => {
  const options = { trustedProxies: ['127.0.0.0/8'], proxyProtocol: true, publicHttpsPort: 443 };
  const bugs = await inTlsWorld({ certificates: [A], hosts: HOSTS, options }, async world => {
    const raw = await connectRaw(world.tlsPort);
    raw.write('PROXY TCP4 192.0.2.7 192.0.2.1 5000 8443\r\n');
    raw.socket.removeAllListeners('data');
    const client = await connectTlsPeer(0, { socket: raw.socket, servername: 'a.test' });
    await ask(client);
    t.regex(await seen(world), /\r\nX-Forwarded-For: 192\.0\.2\.7\r\n[\s\S]*\r\nX-Forwarded-Port: 8443\r\n/);
    client.socket.destroy();
    const without = await connectTlsPeer(world.tlsPort, {}).catch(() => null);
    t.is(without, null);
    t.is(world.counter('proxy_protocol_refused'), 1);
  });
  t.deepEqual(bugs, []);
});

const REDIRECT = { kind: 'https-redirect', always: false } as const;

test('who comes in clear is led to the same place over TLS, but for challenges', async t => {
  const options = { publicHttpsPort: 443 };
  const bugs = await inTlsWorld(
    { certificates: [A], hosts: HOSTS, options, policies: [REDIRECT] },
    async world => {
      const client = await connectRaw(world.port);
      const moved = await ask(client);
      t.regex(moved, /^HTTP\/1\.1 308 /);
      t.regex(moved, /\r\nLocation: https:\/\/a\.test\/x\?y=1\r\n/);
      t.regex(
        await ask(client, '', '//evil.test/..%2f'),
        /\r\nLocation: https:\/\/a\.test\/\/evil\.test\/\.\.%2F\r\n/,
      );
      t.regex(await ask(client, 'X-Forwarded-Proto: https\r\n'), /^HTTP\/1\.1 308 /);
      t.regex(await ask(client, '', '/.well-known/acme-challenge/token'), /^HTTP\/1\.1 200 /);
      t.regex(await ask(client, '', '/.well-known/acme-challenge/../../x'), /^HTTP\/1\.1 308 /);
      // The policy stands on hosts that are served over TLS alone; b.test is, by the default certificate.
      t.regex(await ask(client, '', '/x', 'b.test'), /\r\nLocation: https:\/\/b\.test\/x\r\n/);
      const secure = await connectTlsPeer(world.tlsPort, { servername: 'a.test' });
      t.regex(await ask(secure), /^HTTP\/1\.1 200 /);
      t.is(world.counter('policy_https_redirect'), 5);
      client.socket.destroy();
      secure.socket.destroy();
    },
  );
  t.deepEqual(bugs, []);
});

test('force-ssl-redirect asks for no certificate; another public port is named; a trusted proxy says how the client came', async t => {
  const options = { trustedProxies: ['127.0.0.0/8'], publicHttpsPort: 8443 };
  const policies = [{ ...REDIRECT, always: true }];
  await inTlsWorld({ hosts: HOSTS, options, policies, isSecure: false }, async world => {
    const client = await connectRaw(world.port);
    t.regex(await ask(client, '', '/x', 'b.test'), /\r\nLocation: https:\/\/b\.test:8443\/x\r\n/);
    t.regex(await ask(client, 'X-Forwarded-Proto: https\r\n'), /^HTTP\/1\.1 200 /);
    client.takeReceived();
    client.write('GET / HTTP/1.0\r\n\r\n');
    t.regex(await client.untilEnd(), /^HTTP\/1\.1 404 /);
    client.socket.destroy();
  });
});

test('an answer over TLS has one Strict-Transport-Security, in clear it keeps what the pod says', async t => {
  const answer =
    'HTTP/1.1 200 OK\r\nDate: now\r\nStrict-Transport-Security: max-age=9\r\nContent-Length: 2\r\n\r\nok';
  const policies = [{ kind: 'hsts', value: 'max-age=31536000; includeSubDomains' }] as const;
  await inTlsWorld({ certificates: [A], hosts: HOSTS, policies, answer }, async world => {
    const client = await connectTlsPeer(world.tlsPort, { servername: 'a.test' });
    t.deepEqual((await ask(client)).match(/strict-transport-security: .*/gi), [
      'Strict-Transport-Security: max-age=31536000; includeSubDomains',
    ]);
    client.socket.destroy();
    const inClear = await connectRaw(world.port);
    t.deepEqual((await ask(inClear)).match(/strict-transport-security: .*/gi), [
      'Strict-Transport-Security: max-age=9',
    ]);
    inClear.socket.destroy();
  });
});
