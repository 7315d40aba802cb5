import test from 'ava';
import { type AddressFault, addressFault, canonicalAddress } from '../../src/core/endpoint-address.ts';

const faults = test.macro({
  exec(t, address: string, expected: AddressFault | null) {
    t.is(addressFault(address), expected);
  },
  title: (_, address, expected) =>
    `${JSON.stringify(address)} is ${expected ?? 'an address that requests may go to'}`,
});

for (const address of [
  '10.0.0.1',
  '169.253.255.255',
  '192.168.1.1',
  '223.255.255.255',
  'fd00::1',
  '2001:db8::1',
  '::ffff:10.0.0.1',
]) {
  test(faults, address, null);
}
for (const address of [
  '127.0.0.1',
  '127.255.0.1',
  '::1',
  '::ffff:127.0.0.1',
  '64:ff9b::127.0.0.1',
  '::127.0.0.1',
]) {
  test(faults, address, 'loopback');
}
for (const address of [
  '169.254.169.254',
  'fe80::1',
  'febf::1',
  '::ffff:169.254.169.254',
  '::FFFF:A9FE:A9FE',
  '64:ff9b::a9fe:a9fe',
  'fe80::1%eth0',
  'fd00::1%eth0',
]) {
  test(faults, address, 'link-local');
}
for (const address of ['0.0.0.0', '0.1.2.3', '::', '::ffff:0.0.0.0']) test(faults, address, 'unspecified');
for (const address of ['224.0.0.1', '239.1.1.1', 'ff02::1', '::ffff:224.0.0.1'])
  test(faults, address, 'multicast');
test(faults, '255.255.255.255', 'broadcast');
for (const address of [
  '',
  'example.com',
  '10.0.0',
  '010.0.0.1',
  '0x7f.1',
  '10.0.0.1/8',
  '10.0.0.1\n',
  '[::1]',
]) {
  test(faults, address, 'not an IP address');
}

test('an IPv6 address has one text, however it is written', t => {
  t.is(canonicalAddress('2001:DB8:0:0::0001'), '2001:db8::1');
  t.is(canonicalAddress('10.0.0.1'), '10.0.0.1');
});
