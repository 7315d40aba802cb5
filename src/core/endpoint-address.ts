import { BlockList, isIP } from 'node:net';

/** Why nobody may be led to an address, whoever wrote it (DESIGN 6; CVE-2021-25740). */
export type AddressFault =
  | 'not an IP address'
  | 'loopback'
  | 'link-local'
  | 'unspecified'
  | 'multicast'
  | 'broadcast';

type Subnet = readonly [network: string, prefix: number];

const blockList = (subnets: readonly Subnet[]): BlockList => {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, 'ipv6');
  return list;
};

/** An IPv4 range as IPv6 sees it: mapped, IPv4-compatible, and through NAT64 (RFC 6052), which would all lead to the same place. */
const embedded = (high: string, prefix: number): readonly Subnet[] => [
  [`::ffff:${high}`, 96 + prefix],
  [`::${high}`, 96 + prefix],
  [`64:ff9b::${high}`, 96 + prefix],
];

const IPV6_FAULTS: readonly (readonly [AddressFault, BlockList])[] = [
  ['loopback', blockList([['::1', 128], ...embedded('7f00:0', 8)])],
  ['link-local', blockList([['fe80::', 10], ...embedded('a9fe:0', 16)])],
  ['multicast', blockList([['ff00::', 8], ...embedded('e000:0', 4)])],
  ['broadcast', blockList(embedded('ffff:ffff', 32))],
  // Last: 0.0.0.0/8 in its IPv4-compatible form covers ::1.
  ['unspecified', blockList(embedded('0:0', 8))],
];

const ipv4Fault = (address: string): AddressFault | null => {
  const [first, second] = address.split('.').map(Number);
  if (first === 127) return 'loopback';
  if (first === 169 && second === 254) return 'link-local';
  if (first === 0) return 'unspecified';
  if (first !== undefined && first >= 224 && first <= 239) return 'multicast';
  return address === '255.255.255.255' ? 'broadcast' : null;
};

/** What is wrong with an endpoint's address; null: nothing. Loopback is a fault that the caller may allow. */
export const addressFault = (address: string): AddressFault | null => {
  const family = isIP(address);
  if (family === 0) return 'not an IP address';
  if (family === 4) return ipv4Fault(address);
  // A zone names an interface of the router's own machine.
  if (address.includes('%')) return 'link-local';
  return IPV6_FAULTS.find(([, list]) => list.check(address, 'ipv6'))?.[0] ?? null;
};

/** One text for one address (RFC 5952), so that an endpoint written in two ways counts once. */
export const canonicalAddress = (address: string): string =>
  isIP(address) === 6 && !address.includes('%')
    ? new URL(`http://[${address}]/`).hostname.slice(1, -1)
    : address;
