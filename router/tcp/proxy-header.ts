import type { ConnectionEnds } from '../client/proxy-protocol.ts';

/** The text of version 1 (section 2.1 of the PROXY protocol). */
const versionOne = ({ remoteAddress, localAddress, remotePort, localPort }: ConnectionEnds): Buffer => {
  const family = familyOf(remoteAddress, localAddress);
  const line =
    family === null
      ? 'PROXY UNKNOWN'
      : `PROXY TCP${family} ${remoteAddress} ${localAddress} ${remotePort} ${localPort}`;
  return Buffer.from(`${line}\r\n`, 'latin1');
};

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Version 2, and the command PROXY or LOCAL. */
const PROXY = 0x21;
const LOCAL = 0x20;

const TCP_OVER = { 4: 0x11, 6: 0x21 } as const;

/** The bytes of version 2 (section 2.2). */
const versionTwo = ({ remoteAddress, localAddress, remotePort, localPort }: ConnectionEnds): Buffer => {
  const family = familyOf(remoteAddress, localAddress);
  if (family === null) return Buffer.concat([SIGNATURE, Buffer.from([LOCAL, 0, 0, 0])]);
  const addresses = Buffer.concat([addressBytes(remoteAddress), addressBytes(localAddress)]);
  const rest = Buffer.alloc(8);
  rest.writeUInt8(PROXY, 0);
  rest.writeUInt8(TCP_OVER[family], 1);
  rest.writeUInt16BE(addresses.length + 4, 2);
  rest.writeUInt16BE(remotePort, 4);
  rest.writeUInt16BE(localPort, 6);
  return Buffer.concat([SIGNATURE, rest.subarray(0, 4), addresses, rest.subarray(4)]);
};

/** 4 or 6 where both ends are of one family; null where they are not, which no header can say, or one is not known. */
const familyOf = (one: string, other: string): 4 | 6 | null => {
  if (one === '' || other === '' || one.includes(':') !== other.includes(':')) return null;
  return one.includes(':') ? 6 : 4;
};

/** Of a canonical address. */
const addressBytes = (address: string): Buffer => {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [front = '', back] = address.split('::');
  const groups = (text: string): readonly string[] => (text === '' ? [] : text.split(':'));
  const head = groups(front);
  const tail = groups(back ?? '');
  const bytes = Buffer.alloc(16);
  for (const [at, group] of head.entries()) bytes.writeUInt16BE(Number.parseInt(group, 16), at * 2);
  for (const [at, group] of tail.entries())
    bytes.writeUInt16BE(Number.parseInt(group, 16), (8 - tail.length + at) * 2);
  return bytes;
};

/** What a backend that asks for it is told of the client before its first byte. Addresses are canonical. */
export const proxyHeader = (version: 1 | 2, ends: ConnectionEnds): Buffer =>
  version === 1 ? versionOne(ends) : versionTwo(ends);
