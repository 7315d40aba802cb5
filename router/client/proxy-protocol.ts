import { canonicalAddress } from '../../src/core/ticket/ip-cidr.ts';
import { CR, LF } from '../http1/characters.ts';

/** The two ends of a connection: the socket's own, or those that a PROXY header tells. Addresses are canonical. */
export type ConnectionEnds = {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
};

/** What stands in front of the first request (PROXY protocol 2.0, as HAProxy publishes it). */
export type ProxyHeader = {
  /** How many bytes it takes. */
  readonly length: number;
  /** Null: the connection's own ends hold (LOCAL, UNKNOWN, AF_UNSPEC, AF_UNIX). */
  readonly ends: ConnectionEnds | null;
};

/** Section 2.1: the longest line of version 1, its CRLF included. */
const MAX_V1_BYTES = 107;

/** Behind the 16 bytes of version 2; TLVs of balancers take some hundred, a client certificate's name some more. */
export const MAX_PROXY_V2_BYTES = 4_096;

const V1_START = Buffer.from('PROXY ', 'latin1');
const V2_START = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_HEAD_BYTES = 16;

/** Reads the header at the start of `bytes`; as much as is there decides: what cannot become valid is invalid at once. */
export const readProxyHeader = (bytes: Buffer): ProxyHeader | 'partial' | 'invalid' => {
  if (bytes.length === 0) return 'partial';
  const isV2 = bytes[0] === V2_START[0];
  const start = isV2 ? V2_START : V1_START;
  const compared = Math.min(bytes.length, start.length);
  if (bytes.compare(start, 0, compared, 0, compared) !== 0) return 'invalid';
  if (compared < start.length) return 'partial';
  return isV2 ? readV2(bytes) : readV1(bytes);
};

const V1_LINE =
  /^PROXY TCP(?:4 ([0-9.]{7,15}) ([0-9.]{7,15})|6 ([0-9a-fA-F:.]{2,45}) ([0-9a-fA-F:.]{2,45})) (0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})$/;

const readV1 = (bytes: Buffer): ProxyHeader | 'partial' | 'invalid' => {
  const first = bytes.subarray(0, MAX_V1_BYTES);
  const cr = first.indexOf(CR);
  const lf = first.indexOf(LF);
  if (lf === -1) {
    const mayGoOn = first.length < MAX_V1_BYTES && (cr === -1 || cr === first.length - 1);
    return mayGoOn ? 'partial' : 'invalid';
  }
  if (cr !== lf - 1) return 'invalid';
  const line = first.toString('latin1', 0, cr);
  const length = lf + 1;
  // "the receiver must ignore anything presented before the CRLF"
  if (/^PROXY UNKNOWN(?: |$)/.test(line)) return { length, ends: null };
  const match = V1_LINE.exec(line);
  if (match === null) return 'invalid';
  const [, source4, local4, source6, local6, sourcePort, localPort] = match;
  const isIpv6 = source6 !== undefined;
  const remoteAddress = textAddress(isIpv6 ? source6 : source4, isIpv6);
  const localAddress = textAddress(isIpv6 ? local6 : local4, isIpv6);
  if (remoteAddress === undefined || localAddress === undefined) return 'invalid';
  if (Number(sourcePort) > 65_535 || Number(localPort) > 65_535) return 'invalid';
  return {
    length,
    ends: { remoteAddress, remotePort: Number(sourcePort), localAddress, localPort: Number(localPort) },
  };
};

const textAddress = (text: string | undefined, isIpv6: boolean): string | undefined =>
  text === undefined || text.includes(':') !== isIpv6 ? undefined : canonicalAddress(text);

const COMMAND = { local: 0x20, proxy: 0x21 } as const;

/** Family and transport (2.2). A datagram cannot have brought a stream, so UDP and its like are not taken. */
const FAMILY = { unspecified: 0x00, tcp4: 0x11, tcp6: 0x21, unixStream: 0x31 } as const;

const ADDRESS_BYTES: Readonly<Record<number, number>> = {
  [FAMILY.unspecified]: 0,
  [FAMILY.tcp4]: 12,
  [FAMILY.tcp6]: 36,
  [FAMILY.unixStream]: 216,
};

const readV2 = (bytes: Buffer): ProxyHeader | 'partial' | 'invalid' => {
  const command = bytes[12] ?? COMMAND.local;
  const family = bytes[13] ?? FAMILY.unspecified;
  if (command !== COMMAND.local && command !== COMMAND.proxy) return 'invalid';
  // Of LOCAL even the family is to be ignored, but none of its bytes may be one that is not assigned.
  const addressBytes = ADDRESS_BYTES[family];
  if (addressBytes === undefined && !isAssigned(command, family)) return 'invalid';
  // The length's first byte alone can already be too much.
  if (((bytes[14] ?? 0) << 8) + (bytes[15] ?? 0) > MAX_PROXY_V2_BYTES) return 'invalid';
  if (bytes.length < V2_HEAD_BYTES) return 'partial';
  const length = V2_HEAD_BYTES + bytes.readUInt16BE(14);
  const isTold = command === COMMAND.proxy && family !== FAMILY.unspecified;
  if (isTold && length < V2_HEAD_BYTES + (addressBytes ?? 0)) return 'invalid';
  if (bytes.length < length) return 'partial';
  if (!isTold) return { length, ends: null };
  if (!areWholeTlvs(bytes, V2_HEAD_BYTES + (addressBytes ?? 0), length)) return 'invalid';
  return { length, ends: endsIn(bytes, family) };
};

const isAssigned = (command: number, family: number): boolean =>
  command === COMMAND.local && family >> 4 <= 3 && (family & 0xf) <= 2;

/** 2.2: type, two bytes of length, value; the last ends with the header. Their values are not asked. */
const areWholeTlvs = (bytes: Buffer, start: number, end: number): boolean => {
  let at = start;
  while (at + 3 <= end) at += 3 + bytes.readUInt16BE(at + 1);
  return at === end;
};

const endsIn = (bytes: Buffer, family: number): ConnectionEnds | null => {
  if (family === FAMILY.unixStream) return null;
  const size = family === FAMILY.tcp4 ? 4 : 16;
  return {
    remoteAddress: binaryAddress(bytes, V2_HEAD_BYTES, size),
    remotePort: bytes.readUInt16BE(V2_HEAD_BYTES + 2 * size),
    localAddress: binaryAddress(bytes, V2_HEAD_BYTES + size, size),
    localPort: bytes.readUInt16BE(V2_HEAD_BYTES + 2 * size + 2),
  };
};

const binaryAddress = (bytes: Buffer, at: number, size: number): string => {
  if (size === 4) return bytes.subarray(at, at + 4).join('.');
  const groups = Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(at + 2 * group).toString(16));
  return canonicalAddress(groups.join(':')) ?? '';
};
