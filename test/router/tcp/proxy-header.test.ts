import test from 'ava';
import fc from 'fast-check';
import { type ConnectionEnds, readProxyHeader } from '../../../router/client/proxy-protocol.ts';
import { proxyHeader } from '../../../router/tcp/proxy-header.ts';
import { canonicalAddress } from '../../../src/core/ticket/ip-cidr.ts';

const written = test.macro({
  exec(t, version: 1 | 2, ends: ConnectionEnds, bytes: string) {
    t.is(proxyHeader(version, ends).toString('latin1'), bytes);
  },
  title: (title = '') => title,
});

const IPV4: ConnectionEnds = {
  remoteAddress: '6.6.6.6',
  remotePort: 50_000,
  localAddress: '10.0.0.1',
  localPort: 443,
};
const IPV6: ConnectionEnds = {
  remoteAddress: '2001:db8::1',
  remotePort: 1,
  localAddress: '::2',
  localPort: 65_535,
};
const SIGNATURE = '\r\n\r\n\0\r\nQUIT\n';

test('version 1 over IPv4', written, 1, IPV4, 'PROXY TCP4 6.6.6.6 10.0.0.1 50000 443\r\n');
test('version 1 over IPv6', written, 1, IPV6, 'PROXY TCP6 2001:db8::1 ::2 1 65535\r\n');
test(
  'version 2 over IPv4',
  written,
  2,
  IPV4,
  `${SIGNATURE}\x21\x11\0\x0c\x06\x06\x06\x06\x0a\0\0\x01\xc3\x50\x01\xbb`,
);
test(
  'version 2 over IPv6',
  written,
  2,
  IPV6,
  `${SIGNATURE}\x21\x21\0\x24\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01${'\0'.repeat(15)}\x02\0\x01\xff\xff`,
);

const MIXED: ConnectionEnds = { ...IPV4, localAddress: '::1' };
test('version 1 between two families says that it does not know', written, 1, MIXED, 'PROXY UNKNOWN\r\n');
test('version 2 between two families says LOCAL', written, 2, MIXED, `${SIGNATURE}\x20\0\0\0`);
test(
  'version 1 of an address that nobody knows',
  written,
  1,
  { ...IPV4, remoteAddress: '' },
  'PROXY UNKNOWN\r\n',
);

const port = fc.nat(65_535);
const ends = (address: fc.Arbitrary<string>): fc.Arbitrary<ConnectionEnds> =>
  fc.record({
    remoteAddress: address.map(text => canonicalAddress(text) ?? ''),
    remotePort: port,
    localAddress: address.map(text => canonicalAddress(text) ?? ''),
    localPort: port,
  });
/** What is mapped reads as IPv4, and so the two of a pair are of two families now and then. */
const anyEnds = fc.oneof(ends(fc.ipV4()), ends(fc.ipV6()));

test('the reader reads what the writer wrote, and leaves what follows', t => {
  fc.assert(
    fc.property(anyEnds, fc.constantFrom(1 as const, 2 as const), fc.string(), (told, version, rest) => {
      const header = proxyHeader(version, told);
      const isOneFamily = told.remoteAddress.includes(':') === told.localAddress.includes(':');
      t.deepEqual(readProxyHeader(Buffer.concat([header, Buffer.from(rest)])), {
        length: header.length,
        ends: isOneFamily ? told : null,
      });
    }),
    { numRuns: 1_000 },
  );
});
