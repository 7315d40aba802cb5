const DOT = 0x2e;
const COLON = 0x3a;

/** The 16-bit groups of an IPv6 address. */
type Groups = Uint16Array;

/** Look-ups parse into it; nothing is awaited between write and read. */
const scratch: Groups = new Uint16Array(8);

/** Reads dotted IPv4 from `start` to the end of the text into one number; -1 where there is none. */
const parseIpv4 = (text: string, start: number): number => {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = start; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : DOT;
    if (code === DOT) {
      if (octet === -1 || dots === 4) return -1;
      value = value * 256 + octet;
      dots += 1;
      octet = -1;
    } else {
      const digit = code - 0x30;
      // A leading zero means octal to some readers: nobody may take the address for another one.
      if (digit < 0 || digit > 9 || octet === 0) return -1;
      octet = octet === -1 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    }
  }
  return dots === 4 ? value : -1;
};

const hexDigit = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

const hexEnd = (text: string, start: number): number => {
  let at = start;
  while (at < text.length && at < start + 4 && hexDigit(text.charCodeAt(at)) !== -1) at += 1;
  return at;
};

const hexValue = (text: string, start: number, end: number): number => {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 16 + hexDigit(text.charCodeAt(at));
  return value;
};

/** Reads IPv6 text without zone into `groups`; false where it is none. */
const parseIpv6 = (text: string, groups: Groups): boolean => {
  let count = 0;
  let gap = -1;
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const end = hexEnd(text, at);
    if (end === at || count === 8) return false;
    if (text.charCodeAt(end) === DOT) {
      const ipv4 = parseIpv4(text, at);
      if (ipv4 === -1 || count > 6) return false;
      groups[count] = ipv4 >>> 16;
      groups[count + 1] = ipv4 & 0xffff;
      count += 2;
      break;
    }
    groups[count] = hexValue(text, at, end);
    count += 1;
    if (end === text.length) break;
    if (text.charCodeAt(end) !== COLON || end + 1 === text.length) return false;
    at = end + 1;
    if (text.charCodeAt(at) === COLON) {
      if (gap !== -1) return false;
      gap = count;
      at += 1;
    }
  }
  if (gap === -1) return count === 8;
  if (count === 8) return false;
  const tail = 8 - (count - gap);
  groups.copyWithin(tail, gap, count);
  groups.fill(0, gap, tail);
  return true;
};

const isMapped = (groups: Groups): boolean =>
  groups[5] === 0xffff && groups.subarray(0, 5).every(g => g === 0);

const mappedIpv4 = (groups: Groups): number => (groups[6] ?? 0) * 65536 + (groups[7] ?? 0);

const ipv4Text = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
const ipv6Text = (groups: Groups): string => {
  const text = Array.from(groups, group => group.toString(16)).join(':');
  const runs = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const start = text.search(new RegExp(`\\b${longest}\\b`));
  return `${text.slice(0, start).replace(/:$/, '')}::${text.slice(start + longest.length).replace(/^:/, '')}`;
};

/**
 * An address as facts carry it: dotted IPv4, or IPv6 in the form of RFC 5952, without zone; IPv4-mapped IPv6
 * reads as IPv4. Undefined where the text is no address.
 */
export const canonicalAddress = (text: string): string | undefined => {
  const ipv4 = parseIpv4(text, 0);
  if (ipv4 !== -1) return text;
  const groups: Groups = new Uint16Array(8);
  const zone = text.indexOf('%');
  if (!parseIpv6(zone === -1 ? text : text.slice(0, zone), groups)) return undefined;
  return isMapped(groups) ? ipv4Text(mappedIpv4(groups)) : ipv6Text(groups);
};

type Network =
  | { readonly family: 4; readonly value: number; readonly prefix: number }
  | { readonly family: 6; readonly groups: Groups; readonly prefix: number };

const mask4 = (prefix: number): number => (prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0);

const mask6 = (prefix: number): Groups =>
  Uint16Array.from({ length: 8 }, (_, group) => {
    const bits = Math.max(0, Math.min(16, prefix - 16 * group));
    return 0xffff << (16 - bits);
  });

const ipv4Network = (value: number, prefix: number): Network | undefined =>
  prefix > 32 ? undefined : { family: 4, value: (value & mask4(prefix)) >>> 0, prefix };

const parseNetwork = (text: string): Network | undefined => {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const prefixText = slash === -1 ? '' : text.slice(slash + 1);
  if (slash !== -1 && !/^(?:0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const ipv4 = parseIpv4(address, 0);
  if (ipv4 !== -1) return ipv4Network(ipv4, slash === -1 ? 32 : Number(prefixText));
  const groups: Groups = new Uint16Array(8);
  if (!parseIpv6(address, groups)) return undefined;
  const prefix = slash === -1 ? 128 : Number(prefixText);
  if (prefix > 128) return undefined;
  // Facts read mapped addresses as IPv4, so a mapped network can only mean the IPv4 one.
  if (prefix >= 96 && isMapped(groups)) return ipv4Network(mappedIpv4(groups), prefix - 96);
  const mask = mask6(prefix);
  return { family: 6, groups: groups.map((group, index) => group & (mask[index] ?? 0)), prefix };
};

/**
 * A CIDR in its one form: host bits zero, addresses as `canonicalAddress` writes them, a bare address as /32 or
 * /128 (DESIGN 3, `sourceIP`). Undefined where the text is none.
 */
export const canonicalCidr = (text: string): string | undefined => {
  const network = parseNetwork(text);
  if (network === undefined) return undefined;
  const address = network.family === 4 ? ipv4Text(network.value) : ipv6Text(network.groups);
  return `${address}/${network.prefix}`;
};

const holds6 = (network: Groups, mask: Groups, groups: Groups): boolean => {
  for (let group = 0; group < 8; group += 1) {
    if (((groups[group] ?? 0) & (mask[group] ?? 0)) !== network[group]) return false;
  }
  return true;
};

/** A test whether an address is in one of some canonical CIDRs; IPv4 is in none of IPv6. Text that is no address is in none. */
export const compileCidrs = (cidrs: readonly string[]): ((address: string) => boolean) => {
  const networks = cidrs.map(parseNetwork);
  const four = networks
    .filter(network => network?.family === 4)
    .map(({ value, prefix }) => ({ value, mask: mask4(prefix) }));
  const six = networks
    .filter(network => network?.family === 6)
    .map(({ groups, prefix }) => ({ groups, mask: mask6(prefix) }));
  return address => {
    const ipv4 = parseIpv4(address, 0);
    if (ipv4 !== -1) {
      for (const { value, mask } of four) if ((ipv4 & mask) >>> 0 === value) return true;
      return false;
    }
    if (six.length === 0 || !parseIpv6(address, scratch)) return false;
    for (const { groups, mask } of six) if (holds6(groups, mask, scratch)) return true;
    return false;
  };
};
