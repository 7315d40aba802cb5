import { isIP } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { canonicalAddress, canonicalCidr, compileCidrs } from '../../../src/core/ticket/ip-cidr.ts';

const addresses = test.macro({
  exec(t, text: string, canonical: string | undefined) {
    t.is(canonicalAddress(text), canonical);
  },
  title: (_, text, canonical) => `address ${JSON.stringify(text)} is ${canonical ?? 'refused'}`,
});

test(addresses, '192.0.2.1', '192.0.2.1');
test(addresses, '2001:DB8:0:0:0:0:0:1', '2001:db8::1');
test(addresses, '2001:db8::0:1', '2001:db8::1');
test(addresses, '::', '::');
test(addresses, '1::', '1::');
test(addresses, '1:0:0:2:0:0:0:3', '1:0:0:2::3');
test(addresses, '0:0:1:0:0:1:0:0', '::1:0:0:1:0:0');
test(addresses, '1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7');
test(addresses, '1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0');
test(addresses, '::ffff:192.0.2.1', '192.0.2.1');
test(addresses, '::FFFF:c000:201', '192.0.2.1');
test(addresses, '::192.0.2.1', '::c000:201');
test(addresses, 'fe80::1%eth0', 'fe80::1');
test(addresses, '192.0.2.01', undefined);
test(addresses, '192.0.2', undefined);
test(addresses, '192.0.2.1.1', undefined);
test(addresses, '192.0.2.256', undefined);
test(addresses, ' 192.0.2.1', undefined);
test(addresses, '0x7f.0.0.1', undefined);
test(addresses, '1:2:3:4:5:6:7', undefined);
test(addresses, '1:2:3:4:5:6:7:8::', undefined);
test(addresses, '1::2::3', undefined);
test(addresses, ':1', undefined);
test(addresses, '1:', undefined);
test(addresses, '12345::', undefined);
test(addresses, '', undefined);

const cidrs = test.macro({
  exec(t, text: string, canonical: string | undefined) {
    t.is(canonicalCidr(text), canonical);
  },
  title: (_, text, canonical) => `CIDR ${JSON.stringify(text)} is ${canonical ?? 'refused'}`,
});

test(cidrs, '10.0.0.0/8', '10.0.0.0/8');
test(cidrs, '10.1.2.3/8', '10.0.0.0/8');
test(cidrs, '192.0.2.7', '192.0.2.7/32');
test(cidrs, '0.0.0.0/0', '0.0.0.0/0');
test(cidrs, '255.255.255.255/1', '128.0.0.0/1');
test(cidrs, '2001:DB8:ffff::/33', '2001:db8:8000::/33');
test(cidrs, '::1', '::1/128');
test(cidrs, '::/0', '::/0');
test(cidrs, '::ffff:10.1.2.3/104', '10.0.0.0/8');
test(cidrs, '::ffff:10.1.2.3', '10.1.2.3/32');
test(cidrs, '::ffff:0:0/96', '0.0.0.0/0');
test(cidrs, '::ffff:0:0/80', '::/80');
test(cidrs, '10.0.0.0/33', undefined);
test(cidrs, '::/129', undefined);
test(cidrs, '10.0.0.0/', undefined);
test(cidrs, '10.0.0.0/08', undefined);
test(cidrs, '10.0.0.0/-1', undefined);
test(cidrs, '10.0.0.0/8/8', undefined);
test(cidrs, '10.0.0.0/255.0.0.0', undefined);
test(cidrs, 'fe80::1%eth0/64', undefined);
test(cidrs, 'localhost', undefined);

const membership = test.macro({
  exec(t, list: readonly string[], address: string, expected: boolean) {
    t.is(compileCidrs(list)(address), expected);
  },
  title: (_, list: readonly string[], address, expected) =>
    `${address} is ${expected ? '' : 'not '}in ${list.join(' or ') || 'nothing'}`,
});

test(membership, ['10.0.0.0/8'], '10.255.0.1', true);
test(membership, ['10.0.0.0/8'], '11.0.0.0', false);
test(membership, ['192.0.2.1/32'], '192.0.2.1', true);
test(membership, ['192.0.2.1/32'], '192.0.2.2', false);
test(membership, ['0.0.0.0/0'], '255.255.255.255', true);
test(membership, ['0.0.0.0/0'], '::1', false);
test(membership, ['::/0'], '2001:db8::1', true);
test(membership, ['::/0'], '192.0.2.1', false);
test(membership, ['2001:db8::/33'], '2001:db8:7fff::1', true);
test(membership, ['2001:db8::/33'], '2001:db8:8000::1', false);
test(membership, ['::1/128', '10.0.0.0/8'], '10.0.0.1', true);
test(membership, ['10.0.0.0/8', '::1/128'], '::1', true);
test(membership, [], '10.0.0.1', false);
test(membership, ['0.0.0.0/0', '::/0'], 'unix:', false);

const word = fc.nat({ max: 0xffff });
const ipv6 = fc
  .array(fc.oneof(fc.constant(0), word), { minLength: 8, maxLength: 8 })
  .map(groups => groups.map(group => group.toString(16)).join(':'));

test('what reads as an address is what node:net takes for one', t => {
  const lookAlikes = fc.string({
    unit: fc.constantFrom('0', '1', '2', 'f', ':', ':', '.', 'g'),
    maxLength: 24,
  });
  fc.assert(
    fc.property(fc.oneof(lookAlikes, fc.ipV4(), fc.ipV6(), ipv6), text => {
      t.is(canonicalAddress(text) !== undefined, isIP(text) !== 0, text);
    }),
    { numRuns: 5000 },
  );
});

test('IPv6 is written as the URL standard writes it, which is RFC 5952', t => {
  fc.assert(
    fc.property(ipv6, text => {
      const url = new URL(`http://[${text}]/`).hostname.slice(1, -1);
      if (!url.startsWith('::ffff:') || url.split(':').length !== 5) t.is(canonicalAddress(text), url);
    }),
    { numRuns: 1000 },
  );
});

test('a canonical form is its own canonical form', t => {
  const texts = fc.tuple(fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat({ max: 128 })).map(([a, p]) => `${a}/${p}`);
  fc.assert(
    fc.property(texts, text => {
      const once = canonicalCidr(text);
      if (once !== undefined) t.is(canonicalCidr(once), once);
    }),
    { numRuns: 500 },
  );
  t.pass();
});
