import { type ByteString, utf8Bytes } from '../byte-string.ts';
import { cidrsText, expiryText, matcherText, methodsText, percentageText } from './condition-text.ts';
import { compileCidrs } from './ip-cidr.ts';
import { prefixedMurmur3 } from './murmur3.ts';
import { parseRegex } from './regex.ts';
import type { RequestFacts } from './request-facts.ts';
import type { NamedSource } from './source-name.ts';
import type { HashSource, Matcher, Percentage, Ticket } from './ticket.ts';

/** One condition of a ticket: what `explain` names is the very object that the router asks. */
export type Condition = {
  /** For people: `header foo = "bar"`, `percent 20 by cookie uid`. */
  readonly text: string;
  /** May mint a sticky cookie or draw a number, so ask it once a decision and only after those in front of it held. */
  holds(facts: RequestFacts): boolean;
};

/** A ticket made ready for the hot path. Track and `services` belong to the route and are not asked here. */
export type CompiledTicket = {
  readonly ticket: Ticket;
  /** In the order in which they are asked; the percentage is last, so that nobody draws or mints in vain. */
  readonly conditions: readonly Condition[];
  matches(facts: RequestFacts): boolean;
  /** The first condition that does not hold, undefined where the ticket matches; decides as `matches` does. */
  firstFailing(facts: RequestFacts): Condition | undefined;
};

/** What `percent` is salted with where no salt is written (DESIGN 3). */
export const defaultSalt = (ownHost: string, to: string): string => `${ownHost}:${to}`;

type ValueTest = (value: ByteString, facts: RequestFacts) => boolean;

const compileRegex = (pattern: string): ValueTest => {
  const regex = parseRegex(pattern);
  // Tickets come out of parseTickets, which compiled this pattern already.
  if (!regex.ok) throw new Error(`a parsed ticket has a regex that ${regex.message}`);
  return (value, facts) => regex.value.test(value, facts.matching);
};

type ComparingMatcher = Exclude<Matcher, { readonly kind: 'present' | 'absent' }>;

const compileValueTest = (matcher: ComparingMatcher): ValueTest => {
  switch (matcher.kind) {
    case 'exact': {
      const wanted = utf8Bytes(matcher.value);
      return value => value === wanted;
    }
    case 'prefix': {
      const wanted = utf8Bytes(matcher.value);
      return value => value.startsWith(wanted);
    }
    case 'suffix': {
      const wanted = utf8Bytes(matcher.value);
      return value => value.endsWith(wanted);
    }
    case 'contains': {
      const wanted = utf8Bytes(matcher.value);
      return value => value.includes(wanted);
    }
    case 'regex':
      return compileRegex(matcher.pattern);
    case 'in': {
      const wanted = new Set(matcher.values.map(utf8Bytes));
      return value => wanted.has(value);
    }
    default:
      return matcher satisfies never;
  }
};

const compileHeader = (name: string, matcher: Matcher): Condition['holds'] => {
  if (matcher.kind === 'present') return facts => facts.headerLine(name, 0) !== undefined;
  if (matcher.kind === 'absent') return facts => facts.headerLine(name, 0) === undefined;
  const test = compileValueTest(matcher);
  return facts => {
    let nth = 0;
    for (let line = facts.headerLine(name, nth); line !== undefined; line = facts.headerLine(name, nth)) {
      if (test(line, facts)) return true;
      nth += 1;
    }
    return false;
  };
};

type Lookup = (facts: RequestFacts) => ByteString | undefined;

const compileSingle = (lookup: Lookup, matcher: Matcher): Condition['holds'] => {
  if (matcher.kind === 'present') return facts => lookup(facts) !== undefined;
  if (matcher.kind === 'absent') return facts => lookup(facts) === undefined;
  const test = compileValueTest(matcher);
  return facts => {
    const value = lookup(facts);
    return value !== undefined && test(value, facts);
  };
};

const compileLookup = (source: HashSource): Lookup => {
  switch (source.kind) {
    case 'header': {
      const { name } = source;
      // Of a repeated header the first line: one request has one bucket.
      return facts => facts.headerLine(name, 0);
    }
    case 'cookie': {
      const name = utf8Bytes(source.name);
      return facts => facts.cookie(name);
    }
    case 'query': {
      const name = utf8Bytes(source.name);
      return facts => facts.queryParameter(name);
    }
    case 'sourceIP':
      return facts => facts.sourceAddress;
    default:
      return source satisfies never;
  }
};

const compileNamed = (kind: NamedSource, name: string, matcher: Matcher): Condition => ({
  text: matcherText(kind, name, matcher),
  holds:
    kind === 'header' ? compileHeader(name, matcher) : compileSingle(compileLookup({ kind, name }), matcher),
});

/** Of 2^32 hashes as many as the percent says (DESIGN 3); 10000 basis points give 2^32, so that nobody is left out. */
const thresholdOf = (basisPoints: number): number => Math.floor((basisPoints * 2 ** 32) / 10_000);

const compilePercentage = (
  { basisPoints, by }: Percentage,
  defaultSaltOfTicket: string,
): Condition['holds'] => {
  const threshold = thresholdOf(basisPoints);
  if (by.kind === 'request') return facts => facts.draw() < threshold;
  const hash = prefixedMurmur3(`${utf8Bytes(by.salt ?? defaultSaltOfTicket)}:`);
  if (by.kind === 'hash') {
    const lookup = compileLookup(by.source);
    // Without the value nobody is in, not even at 100: "missing value: no match" (DESIGN 3).
    return facts => {
      const value = lookup(facts);
      return value !== undefined && hash(value) < threshold;
    };
  }
  const cookie = utf8Bytes(by.cookie);
  const { ttlSeconds } = by;
  return facts => hash(facts.cookie(cookie) ?? facts.mint(cookie, ttlSeconds)) < threshold;
};

const compileConditions = (ticket: Ticket, ownHost: string): readonly Condition[] => {
  const conditions: Condition[] = [];
  const { expiresMs, methods, sourceCidrs, percentage } = ticket;
  if (expiresMs !== null)
    conditions.push({ text: expiryText(expiresMs), holds: facts => facts.nowMs < expiresMs });
  if (methods.length > 0) {
    conditions.push({ text: methodsText(methods), holds: facts => methods.includes(facts.method) });
  }
  if (sourceCidrs.length > 0) {
    const contains = compileCidrs(sourceCidrs);
    conditions.push({ text: cidrsText(sourceCidrs), holds: facts => contains(facts.sourceAddress) });
  }
  for (const { name, matcher } of ticket.headers) conditions.push(compileNamed('header', name, matcher));
  for (const { name, matcher } of ticket.cookies) conditions.push(compileNamed('cookie', name, matcher));
  for (const { name, matcher } of ticket.queries) conditions.push(compileNamed('query', name, matcher));
  if (percentage !== null) {
    conditions.push({
      text: percentageText(percentage),
      holds: compilePercentage(percentage, defaultSalt(ownHost, ticket.to)),
    });
  }
  return conditions;
};

/** Compiles a ticket that `parseTickets` returned; `ownHost` is the rule's own host, which salts a percent by default (DESIGN 3). */
export const compileTicket = (ticket: Ticket, { ownHost }: { readonly ownHost: string }): CompiledTicket => {
  const conditions = compileConditions(ticket, ownHost);
  const firstFailing = (facts: RequestFacts): Condition | undefined => {
    for (const condition of conditions) if (!condition.holds(facts)) return condition;
    return undefined;
  };
  return { ticket, conditions, firstFailing, matches: facts => firstFailing(facts) === undefined };
};
