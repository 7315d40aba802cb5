// S13 over TLS: Gateway API's misdirected requests, Node CVE-2026-48928 (SNI in upper case), 48618 (NUL), 48934 (sessions).
import { connect as connectPlain } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { RawPeer } from '../../helpers/raw-peer.ts';
import { ecdsaPlan, rsaPlan } from '../../helpers/tls-certificates.ts';
import { connectTlsPeer, namesShown, type TlsPeer } from '../../helpers/tls-peer.ts';
import { inTlsWorld, type TlsWorld } from '../../helpers/tls-world.ts';

const CERTIFICATES = [
  ecdsaPlan('shop/a', 'a.test'),
  ecdsaPlan('shop/b', 'b.test'),
  rsaPlan('shop/w', '*.w.test'),
];
const HOSTS = {
  'a.test': 'shop/a',
  'a2.test': 'shop/a',
  'b.test': 'shop/b',
  '*.w.test': 'shop/w',
  'plain.test': null,
  'gone.test': 'shop/gone',
};

const statusOf = async (client: TlsPeer, host: string): Promise<string> => {
  client.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  const answer = await client.until(peer => /\r\n\r\n(?:ok|.*\n)$/s.test(peer.received));
  client.takeReceived();
  return answer.slice(9, 12);
};

const inWorld = async (t: ExecutionContext, work: (world: TlsWorld) => Promise<void>): Promise<void> => {
  t.deepEqual(await inTlsWorld({ certificates: CERTIFICATES, hosts: HOSTS }, work), []);
};

/** [server name, certificate shown, host -> status]: several requests on one connection. */
type Row = readonly [serverName: string, shown: string, statuses: Readonly<Record<string, string>>];

const ROWS: readonly Row[] = [
  // What browsers do with a certificate of several names is no misdirection, another owner's host is.
  [
    'a.test',
    'a.test',
    { 'a.test': '200', 'A.TEST:443': '200', 'a2.test': '200', 'b.test': '421', 'plain.test': '421' },
  ],
  ['A.TeSt', 'a.test', { 'a.test': '200', 'b.test': '421' }],
  ['x.w.test', '*.w.test', { 'x.w.test': '200', 'y.w.test': '200', 'a.test': '421', 'w.test': '421' }],
  // The default certificate is for all that have none, known or not.
  ['plain.test', 'fallback.test', { 'plain.test': '200', 'a.test': '421', 'unknown.test': '404' }],
  ['', 'fallback.test', { 'plain.test': '200', 'a.test': '421', 'unknown.test': '404' }],
  ['unknown.test', 'fallback.test', { 'unknown.test': '404', 'plain.test': '200', 'a.test': '421' }],
  // A certificate that is missing shows the default one, and is still its own.
  ['gone.test', 'fallback.test', { 'gone.test': '200', 'plain.test': '421', 'a.test': '421' }],
];

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const [servername, shown, statuses] of ROWS) {
    test(`${version}: a connection for "${servername}" shows ${shown}, and serves what has the same certificate`, t =>
      inWorld(t, async ({ tlsPort, counter }) => {
        const client = await connectTlsPeer(tlsPort, {
          servername,
          minVersion: version,
          maxVersion: version,
        });
        t.is(namesShown(client), `DNS:${shown}`);
        for (const [host, status] of Object.entries(statuses))
          t.is(await statusOf(client, host), status, host);
        t.is(counter('misdirected'), Object.values(statuses).filter(status => status === '421').length);
        client.socket.destroy();
      }));
  }

  test(`${version}: a session of one name that is taken up under another gives nothing of the first`, t =>
    inWorld(t, async ({ tlsPort }) => {
      const versions = { minVersion: version, maxVersion: version };
      const first = await connectTlsPeer(tlsPort, { servername: 'a.test', ...versions });
      const session = new Promise<Buffer>(resolve => first.socket.once('session', resolve));
      t.is(await statusOf(first, 'a.test'), '200');
      const ticket = version === 'TLSv1.2' ? first.socket.getSession() : await session;
      first.socket.destroy();
      const second = await connectTlsPeer(tlsPort, { servername: 'b.test', session: ticket, ...versions });
      t.is(await statusOf(second, 'b.test'), '200');
      t.is(await statusOf(second, 'a.test'), '421');
      second.socket.destroy();
    }));
}

/** A ClientHello of TLS 1.2 with this server name, byte by byte: OpenSSL would not send such names. */
const helloWith = (serverName: Buffer): Buffer => {
  const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);
  const sized = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes]);
  const name = Buffer.concat([Buffer.of(0), sized(serverName)]);
  const extensions = Buffer.concat([
    u16(0),
    sized(sized(name)),
    u16(10),
    sized(sized(Buffer.concat([u16(0x1d), u16(0x17)]))),
    u16(13),
    sized(sized(u16(0x0403))),
  ]);
  const body = Buffer.concat([
    u16(0x0303),
    Buffer.alloc(32, 7),
    Buffer.of(0),
    sized(u16(0xc02b)),
    Buffer.of(1, 0),
    sized(extensions),
  ]);
  const handshake = Buffer.concat([Buffer.of(1, 0), sized(body)]);
  return Buffer.concat([Buffer.of(22, 3, 1), sized(handshake)]);
};

/** A record of an alert (21) or of a handshake (22) is what comes back first. */
const firstRecord = async (port: number, hello: Buffer): Promise<number> => {
  const peer = new RawPeer(connectPlain({ port, host: '127.0.0.1' }));
  peer.socket.write(hello);
  await peer.until(({ received, isClosed }) => received.length > 0 || isClosed);
  peer.socket.destroy();
  return peer.received.charCodeAt(0);
};

test('a server name with NUL in it is no name, and a strange one is merely unknown', t =>
  inWorld(t, async ({ tlsPort, counter }) => {
    t.is(await firstRecord(tlsPort, helloWith(Buffer.from('a.test'))), 22);
    t.is(await firstRecord(tlsPort, helloWith(Buffer.from('a.test\0.evil.test'))), 21);
    t.is(await firstRecord(tlsPort, helloWith(Buffer.from('a.test\r\nx: y'))), 22);
    t.is(await firstRecord(tlsPort, helloWith(Buffer.from('\xff\xfe__proto__', 'latin1'))), 22);
    t.is(await firstRecord(tlsPort, helloWith(Buffer.alloc(300, 0x61))), 21);
    t.is(counter('tls_new'), 0);
  }));
