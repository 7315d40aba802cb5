import { MatchingBudget } from './matching-budget.ts';
import { parseRegex } from './regex.ts';
import type { RequestFacts } from './request-facts.ts';
import type { HashSource, Matcher, NamedMatcher, Percentage, Ticket } from './ticket.ts';

/** Slow and obvious, as bytes: shares nothing with the compiled matcher but the regex engine. */
const bytesOf = (text: string): string =>
  Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join('');

const WORD = 0xffffffffn;
const rotateLeft = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & WORD;

/** murmur3 x86 32 with seed 0, written from its description. */
const murmur3Of = (bytes: string): bigint => {
  const data = Buffer.from(bytes, 'latin1');
  const scramble = (block: bigint): bigint =>
    (rotateLeft((block * 0xcc9e2d51n) & WORD, 15n) * 0x1b873593n) & WORD;
  const whole = Math.floor(data.length / 4);
  let hash = 0n;
  for (let block = 0; block < whole; block += 1) {
    hash ^= scramble(BigInt(data.readUInt32LE(block * 4)));
    hash = (rotateLeft(hash, 13n) * 5n + 0xe6546b64n) & WORD;
  }
  const tail = [...data.subarray(whole * 4)].reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  hash ^= scramble(tail);
  hash ^= BigInt(data.length);
  hash ^= hash >> 16n;
  hash = (hash * 0x85ebca6bn) & WORD;
  hash ^= hash >> 13n;
  hash = (hash * 0xc2b2ae35n) & WORD;
  return hash ^ (hash >> 16n);
};

/** All bits of an address, with its family in front so that IPv4 never equals IPv6. */
const addressBits = (address: string): string => {
  const bits = (value: number, width: number): string => value.toString(2).padStart(width, '0');
  if (!address.includes(':')) {
    return `4:${address
      .split('.')
      .map(octet => bits(Number(octet), 8))
      .join('')}`;
  }
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high = '0', low = '0'): string => (Number(high) * 256 + Number(low)).toString(16);
  const plain =
    dotted === null ? address : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [front = '', back] = plain.split('::');
  const head = front === '' ? [] : front.split(':');
  const tail = back === undefined || back === '' ? [] : back.split(':');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return `6:${[...head, ...zeros, ...tail].map(group => bits(Number.parseInt(group, 16), 16)).join('')}`;
};

const isInCidr = (address: string, cidr: string): boolean => {
  const [network = '', prefix] = cidr.split('/');
  // The two characters in front of the bits name the family.
  const compared = 2 + Number(prefix);
  return addressBits(address).slice(0, compared) === addressBits(network).slice(0, compared);
};

const valueHolds = (matcher: Matcher, value: string): boolean => {
  switch (matcher.kind) {
    case 'exact':
      return value === bytesOf(matcher.value);
    case 'prefix':
      return value.slice(0, bytesOf(matcher.value).length) === bytesOf(matcher.value);
    case 'suffix':
      return (
        value.slice(Math.max(0, value.length - bytesOf(matcher.value).length)) === bytesOf(matcher.value)
      );
    case 'contains':
      return value.indexOf(bytesOf(matcher.value)) !== -1;
    case 'regex': {
      const regex = parseRegex(matcher.pattern);
      // It counts no costs: what it is compared on stays far below the budget.
      return regex.ok && regex.value.test(value, new MatchingBudget());
    }
    case 'in':
      return matcher.values.some(one => bytesOf(one) === value);
    case 'present':
      return true;
    case 'absent':
      return false;
    default:
      return matcher satisfies never;
  }
};

/** True if any of the values satisfies the matcher, or there is none and none is wanted. */
const holds = (matcher: Matcher, values: readonly string[]): boolean =>
  matcher.kind === 'absent' ? values.length === 0 : values.some(value => valueHolds(matcher, value));

const headerLines = (facts: RequestFacts, name: string): readonly string[] => {
  const line = facts.headerLine(name, 0);
  const lines: string[] = [];
  for (let next = line; next !== undefined; next = facts.headerLine(name, lines.length)) lines.push(next);
  return lines;
};

const asList = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

const hashedValue = (source: HashSource, facts: RequestFacts): string | undefined => {
  switch (source.kind) {
    case 'header':
      return headerLines(facts, source.name)[0];
    case 'cookie':
      return facts.cookie(bytesOf(source.name));
    case 'query':
      return facts.queryParameter(bytesOf(source.name));
    case 'sourceIP':
      return facts.sourceAddress;
    default:
      return source satisfies never;
  }
};

const percentageHolds = (percentage: Percentage, facts: RequestFacts, ownSalt: string): boolean => {
  const { basisPoints, by } = percentage;
  const isIn = (h: bigint): boolean => h < (BigInt(basisPoints) * 2n ** 32n) / 10_000n;
  if (by.kind === 'request') return isIn(BigInt(facts.draw()));
  const value =
    by.kind === 'sticky'
      ? (facts.cookie(bytesOf(by.cookie)) ?? facts.mint(bytesOf(by.cookie), by.ttlSeconds))
      : hashedValue(by.source, facts);
  return value !== undefined && isIn(murmur3Of(`${bytesOf(by.salt ?? ownSalt)}:${value}`));
};

/**
 * Whether a ticket matches a request, read off DESIGN 3 sentence by sentence: the oracle of the compiled
 * matcher, for tests only.
 */
export const referenceMatches = (ticket: Ticket, ownHost: string, facts: RequestFacts): boolean => {
  const all = (named: readonly NamedMatcher[], valuesOf: (name: string) => readonly string[]): boolean =>
    named.every(({ name, matcher }) => holds(matcher, valuesOf(name)));
  return (
    (ticket.expiresMs === null || facts.nowMs < ticket.expiresMs) &&
    (ticket.methods.length === 0 || ticket.methods.some(method => method === facts.method)) &&
    (ticket.sourceCidrs.length === 0 ||
      ticket.sourceCidrs.some(cidr => isInCidr(facts.sourceAddress, cidr))) &&
    all(ticket.headers, name => headerLines(facts, name)) &&
    all(ticket.cookies, name => asList(facts.cookie(bytesOf(name)))) &&
    all(ticket.queries, name => asList(facts.queryParameter(bytesOf(name)))) &&
    (ticket.percentage === null || percentageHolds(ticket.percentage, facts, `${ownHost}:${ticket.to}`))
  );
};
