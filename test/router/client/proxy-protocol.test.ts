import test from 'ava';
import fc from 'fast-check';
import {
  MAX_PROXY_V2_BYTES,
  type ProxyHeader,
  readProxyHeader,
} from '../../../router/client/proxy-protocol.ts';
import { canonicalAddress } from '../../../src/core/ticket/ip-cidr.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const v2 = (commandAndFamily: string, payload: string, length = payload.length / 2): Buffer =>
  Buffer.from(`${SIGNATURE}${commandAndFamily}${length.toString(16).padStart(4, '0')}${payload}`, 'hex');
const v1 = (line: string): Buffer => Buffer.from(line, 'latin1');

const IPV4 = '06060606' + '0a000001' + 'c350' + '01bb';
const IPV6 = `20010db8${'0'.repeat(23)}1` + `20010db8${'0'.repeat(23)}2` + 'c350' + '01bb';
const MAPPED = `${'0'.repeat(20)}ffff06060606` + `${'0'.repeat(20)}ffff0a000001` + 'c350' + '01bb';
const ENDS4 = { remoteAddress: '6.6.6.6', remotePort: 50_000, localAddress: '10.0.0.1', localPort: 443 };
const ENDS6 = {
  remoteAddress: '2001:db8::1',
  remotePort: 50_000,
  localAddress: '2001:db8::2',
  localPort: 443,
};

/** Every cut of a valid header waits for its rest, and what stands behind it is not touched. */
const valid = test.macro({
  exec(t, bytes: Buffer, ends: ProxyHeader['ends']) {
    for (let length = 0; length < bytes.length; length += 1)
      t.is(readProxyHeader(bytes.subarray(0, length)), 'partial', `${length} bytes`);
    const expected = { length: bytes.length, ends };
    t.deepEqual(readProxyHeader(bytes), expected);
    t.deepEqual(readProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')])), expected);
  },
  title: (title = '') => `valid: ${title}`,
});
test('v1 TCP4', valid, v1('PROXY TCP4 6.6.6.6 10.0.0.1 50000 443\r\n'), ENDS4);
test('v1 TCP6', valid, v1('PROXY TCP6 2001:DB8:0::1 2001:db8::2 50000 443\r\n'), ENDS6);
test('v1 TCP6 with mapped IPv4', valid, v1('PROXY TCP6 ::ffff:6.6.6.6 ::ffff:10.0.0.1 0 443\r\n'), {
  ...ENDS4,
  remotePort: 0,
});
test('v1 UNKNOWN', valid, v1('PROXY UNKNOWN\r\n'), null);
test('v1 UNKNOWN with the longest rest', valid, v1(`PROXY UNKNOWN ${'f'.repeat(91)}\r\n`), null);
test('v2 PROXY IPv4', valid, v2('2111', IPV4), ENDS4);
test('v2 PROXY IPv6', valid, v2('2121', IPV6), ENDS6);
test('v2 PROXY IPv6 with mapped IPv4', valid, v2('2121', MAPPED), ENDS4);
test('v2 with TLVs', valid, v2('2111', `${IPV4}03000401020304040000`), ENDS4);
test('v2 LOCAL', valid, v2('2000', ''), null);
test('v2 LOCAL whose addresses and TLVs are no good', valid, v2('2011', '01ff'), null);
test('v2 LOCAL over UDP', valid, v2('2012', ''), null);
test('v2 PROXY AF_UNSPEC', valid, v2('2100', 'ffff'), null);
test('v2 PROXY AF_UNIX', valid, v2('2131', '00'.repeat(216)), null);
test('v2 of the longest length', valid, v2('2100', '00'.repeat(MAX_PROXY_V2_BYTES)), null);

const invalid = test.macro<Buffer[]>({
  exec(t, ...headers: Buffer[]) {
    for (const bytes of headers) t.is(readProxyHeader(bytes), 'invalid', bytes.toString('latin1'));
  },
  title: (title = '') => `invalid: ${title}`,
});
const LINES = (...lines: string[]): Buffer[] => lines.map(line => v1(`${line}\r\n`));
test('a request', invalid, v1('GET / HTTP/1.1\r\n'), v1('P\r'), v1('proxy '), v1('\r\nGET'), v1('\x16\x03'));
test(
  'v1 lines',
  invalid,
  ...LINES(
    'PROXY',
    'PROXY ',
    'PROXY  TCP4 6.6.6.6 10.0.0.1 1 2',
    'PROXY TCP4 6.6.6.6 10.0.0.1 1',
    'PROXY UDP4 6.6.6.6 10.0.0.1 1 2',
  ),
  ...LINES(
    'PROXY TCP4 6.6.6.6 10.0.0.1 1 2 ',
    'PROXY TCP4 6.6.6.6 10.0.0.1 01 2',
    'PROXY TCP4 6.6.6.6 10.0.0.1 1 65536',
  ),
  ...LINES(
    'PROXY TCP4 6.6.6.6 10.0.0.1 65536 1',
    'PROXY TCP4 6.6.6.6 10.0.0.1 +1 2',
    'PROXY TCP4 ::1 ::2 1 2',
  ),
  ...LINES(
    'PROXY TCP4 6.6.6.06 10.0.0.1 1 2',
    'PROXY TCP4 6.6.6.256 10.0.0.1 1 2',
    'PROXY TCP4 6.6.6 10.0.0.1 1 2',
  ),
  ...LINES('PROXY TCP6 6.6.6.6 10.0.0.1 1 2', 'PROXY TCP6 ::1%eth0 ::2 1 2', 'PROXY TCP6 :::1 ::2 1 2'),
  ...LINES('PROXY UNKNOWNX', 'PROXY unknown', 'PROXY TCP4\t6.6.6.6 10.0.0.1 1 2'),
);
test(
  'v1 without CRLF where one must be',
  invalid,
  v1('PROXY TCP4 6.6.6.6 10.0.0.1 1 2\n'),
  v1('PROXY UNKNOWN\rX'),
  v1(`PROXY UNKNOWN ${'f'.repeat(93)}`),
  v1(`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`),
  v1('PROXY UNKNOWN\r\r\n'),
);
test(
  'v2 version, command, family',
  invalid,
  v2('1111', IPV4),
  v2('3111', IPV4),
  v2('2211', IPV4),
  v2('2112', IPV4),
  v2('2122', IPV6),
  v2('2110', IPV4),
  v2('2141', IPV4),
  v2('2113', IPV4),
  v2('2043', ''),
);
test(
  'v2 too short for its addresses',
  invalid,
  v2('2111', IPV4.slice(2)),
  v2('2121', IPV4),
  v2('2131', IPV6),
);
test(
  'v2 TLVs that are cut or too long',
  invalid,
  v2('2111', `${IPV4}03`),
  v2('2111', `${IPV4}0300`),
  v2('2111', `${IPV4}030001`),
  v2('2111', `${IPV4}0300010000`),
  v2('2121', `${IPV6}03ffff00`),
);
test(
  'v2 over the longest length, before it has come',
  invalid,
  v2('2111', '', MAX_PROXY_V2_BYTES + 1),
  v2('2000', '', 65_535),
  Buffer.from(`${SIGNATURE}2111ff`, 'hex'),
);

/** The same from the text of the specification, without a thought for speed or for what is still to come. */
const slowV1 = (words: readonly string[], length: number): ProxyHeader | null => {
  const [protocol = '', source = '', local = '', sourcePort = '', localPort = '', ...more] = words;
  if (protocol === 'UNKNOWN') return { length, ends: null };
  const isRight = (address: string): boolean =>
    !address.includes('%') &&
    address.includes(':') === (protocol === 'TCP6') &&
    canonicalAddress(address) !== undefined;
  const arePorts = [sourcePort, localPort].every(
    port => /^\d+$/.test(port) && String(Number(port)) === port && Number(port) < 65_536,
  );
  const isWhole = ['TCP4', 'TCP6'].includes(protocol) && more.length === 0 && arePorts;
  if (!isWhole || ![source, local].every(isRight)) return null;
  const [remoteAddress = '', localAddress = ''] = [source, local].map(canonicalAddress);
  return {
    length,
    ends: { remoteAddress, remotePort: Number(sourcePort), localAddress, localPort: Number(localPort) },
  };
};

const areTlvs = (bytes: readonly number[]): boolean => {
  if (bytes.length === 0) return true;
  const [, high, low] = bytes;
  if (high === undefined || low === undefined || bytes.length < 3 + high * 256 + low) return false;
  return areTlvs(bytes.slice(3 + high * 256 + low));
};

const slowAddress = (bytes: readonly number[]): string => {
  if (bytes.length === 4) return bytes.join('.');
  const hex = bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');
  return canonicalAddress((hex.match(/.{4}/g) ?? []).join(':')) ?? '';
};

const WIDTH: Readonly<Record<number, number>> = { 17: 4, 33: 16, 49: 108 };

const slowV2 = (bytes: Buffer): ProxyHeader | null => {
  if (bytes.length < 16) return null;
  const [command = 0, family = 0] = [bytes[12], bytes[13]];
  const length = 16 + bytes.readUInt16BE(14);
  if (length > 16 + MAX_PROXY_V2_BYTES || bytes.length < length) return null;
  if (command === 0x20) return family >> 4 < 4 && (family & 15) < 3 ? { length, ends: null } : null;
  if (command !== 0x21) return null;
  if (family === 0) return { length, ends: null };
  const width = WIDTH[family];
  if (width === undefined) return null;
  const payload = [...bytes.subarray(16, length)];
  const size = 2 * width + (width === 108 ? 0 : 4);
  if (payload.length < size || !areTlvs(payload.slice(size))) return null;
  if (width === 108) return { length, ends: null };
  const [remoteAddress = '', localAddress = ''] = [0, width].map(from =>
    slowAddress(payload.slice(from, from + width)),
  );
  const [remotePort = 0, localPort = 0] = [0, 2].map(
    at => (payload[2 * width + at] ?? 0) * 256 + (payload[2 * width + at + 1] ?? 0),
  );
  return { length, ends: { remoteAddress, remotePort, localAddress, localPort } };
};

const slowHeader = (bytes: Buffer): ProxyHeader | null => {
  const line = /^PROXY ([^\r\n]*)\r\n/.exec(bytes.toString('latin1', 0, 107));
  if (line !== null) return slowV1((line[1] ?? '').split(' '), line[0].length);
  return bytes.toString('hex').startsWith(SIGNATURE) ? slowV2(bytes) : null;
};

const SEEDS: readonly Buffer[] = [
  v1('PROXY TCP4 6.6.6.6 10.0.0.1 50000 443\r\n'),
  v1('PROXY TCP6 2001:db8::1 ::ffff:1.2.3.4 0 65535\r\n'),
  v1('PROXY UNKNOWN a b\r\n'),
  v2('2111', IPV4),
  v2('2111', `${IPV4}03000401020304`),
  v2('2121', IPV6),
  v2('2000', '0102'),
  v2('2100', '0102'),
  v2('2131', '00'.repeat(216)),
];

test('whatever is cut, changed and joined, it is read as the specification has it', t => {
  const edit = fc.record({ at: fc.nat(60), cut: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(...SEEDS), fc.array(edit, { maxLength: 2 }), (seed, edits) => {
      let bytes = Buffer.from(seed);
      for (const { at, cut, put } of edits)
        bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
      const whole = Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]);
      const header = readProxyHeader(whole);
      const expected = slowHeader(whole);
      if (expected !== null) read += 1;
      t.deepEqual(typeof header === 'string' ? null : header, expected, whole.toString('hex'));
      // What a part of it decides, the whole does not take back.
      for (let length = 0; length < whole.length; length += 1) {
        const early = readProxyHeader(whole.subarray(0, length));
        if (early !== 'partial') t.deepEqual(early, header);
      }
    }),
    { numRuns: 1_000 },
  );
  t.true(read > 300, `${read} were valid`);
});
