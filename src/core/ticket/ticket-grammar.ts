import { isRecord } from '../canonical-json.ts';
import { memberField, type Problem } from '../problem.ts';
import { DEFAULT_TRACK, isTrackName } from '../service-map.ts';
import { parseDateTime } from './date-time.ts';
import {
  type GrammarContext,
  isTooLong,
  readStrings,
  report,
  reportUnknown,
  shapeOf,
  sortedUnique,
  type TicketDialect,
  TOO_LONG,
} from './grammar-context.ts';
import { canonicalCidr } from './ip-cidr.ts';
import { parseNamedMatchers } from './matcher-grammar.ts';
import { parsePercentage } from './percentage-grammar.ts';
import { isToken } from './reserved-header.ts';
import type { Ticket } from './ticket.ts';

/** Most tickets of one Ingress (DESIGN 3). */
export const MAX_TICKETS = 64;

/** Most conditions of one ticket: every matcher, `method`, `sourceIP` and `percent` count as one each (DESIGN 3). */
export const MAX_CONDITIONS = 32;

const FIELDS = [
  'header',
  'cookie',
  'query',
  'method',
  'sourceIP',
  'percent',
  'hashOn',
  'salt',
  'sticky',
  'to',
  'services',
  'expires',
  'description',
] as const;

/** What of a ticket the first bytes of a connection cannot tell, and a Service beside itself does not have. */
const HTTP_FIELDS: readonly string[] = ['header', 'cookie', 'query', 'method', 'sticky', 'services'];

const TCP_FIELDS = FIELDS.filter(name => !HTTP_FIELDS.includes(name));

type Written = Readonly<Record<string, unknown>>;

/** RFC 1123: what Kubernetes takes as the name of a Service. */
const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

const readMethods = (context: GrammarContext, value: unknown, field: string): readonly string[] => {
  if (value === undefined) return [];
  const methods =
    readStrings(context, value, { code: 'TicketInvalid', field, example: '["GET", "HEAD"]' }) ?? [];
  for (const method of methods.filter(text => !isToken(text))) {
    report(context, 'TicketInvalid', {
      field,
      value: method,
      message: 'is no HTTP method; write for example GET.',
    });
  }
  return sortedUnique(methods.map(method => method.toUpperCase()));
};

const readCidrs = (context: GrammarContext, value: unknown, field: string): readonly string[] => {
  if (value === undefined) return [];
  const written =
    readStrings(context, value, {
      code: 'TicketInvalid',
      field,
      example: '["10.0.0.0/8", "2001:db8::/32"]',
    }) ?? [];
  const cidrs: string[] = [];
  for (const text of written) {
    const cidr = canonicalCidr(text);
    if (cidr !== undefined) cidrs.push(cidr);
    else {
      report(context, 'TicketInvalid', {
        field,
        value: text,
        message: 'is no address and no CIDR; write for example 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32.',
      });
    }
  }
  return sortedUnique(cidrs);
};

const readTrack = (context: GrammarContext, value: unknown, field: string): string => {
  if (value === undefined) return DEFAULT_TRACK;
  if (typeof value === 'string' && isTrackName(value)) return value;
  report(context, 'TicketInvalid', {
    field,
    value,
    message: `must be the name of a track: lower-case letters, digits and "-", at most 32 characters, for example "${DEFAULT_TRACK}".`,
  });
  return DEFAULT_TRACK;
};

const readServices = (context: GrammarContext, value: unknown, field: string): readonly string[] | null => {
  if (value === undefined) return null;
  const services = readStrings(context, value, { code: 'TicketInvalid', field, example: '["cart-svc"]' });
  for (const service of (services ?? []).filter(name => !DNS_LABEL.test(name))) {
    report(context, 'TicketInvalid', {
      field,
      value: service,
      message:
        'is no name of a Service; write the stable Service as it stands in the rule, for example "cart-svc".',
    });
  }
  return services ?? null;
};

const readExpires = (context: GrammarContext, value: unknown, field: string): number | null => {
  if (value === undefined) return null;
  const expiresMs = typeof value === 'string' ? parseDateTime(value) : undefined;
  if (expiresMs !== undefined) return expiresMs;
  report(context, 'TicketInvalid', {
    field,
    value,
    message: 'must be a time as RFC 3339 writes it, with its zone, for example "2026-11-11T00:00:00+08:00".',
  });
  return null;
};

const readDescription = (context: GrammarContext, value: unknown, field: string): string | null => {
  if (value === undefined) return null;
  if (typeof value === 'string' && !isTooLong(value)) return value;
  const message = typeof value === 'string' ? TOO_LONG : `must be a string, not ${shapeOf(value)}.`;
  report(context, 'TicketInvalid', { field, value, message });
  return null;
};

const sizeOf = (value: unknown): number => (isRecord(value) ? Object.keys(value).length : 0);

/** Where what is read stands. */
type At = { readonly field: string; readonly index: number; readonly dialect: TicketDialect };

/** The fields that the dialect has; of the others it is said that it has them not. */
const ownFields = (context: GrammarContext, written: Written, { field, dialect }: At): Written => {
  const isForeign = (name: string): boolean => dialect === 'tcp' && HTTP_FIELDS.includes(name);
  for (const name of Object.keys(written).filter(isForeign)) {
    report(context, 'TicketInvalid', {
      field: memberField(field, name),
      message: `is nothing that a TCP connection shows; the fields here are ${TCP_FIELDS.join(', ')}.`,
    });
  }
  const known = dialect === 'tcp' ? TCP_FIELDS : FIELDS;
  const rest = Object.fromEntries(Object.entries(written).filter(([name]) => !isForeign(name)));
  reportUnknown(context, rest, { code: 'TicketInvalid', field, known });
  return rest;
};

const countConditions = (written: Written): number =>
  sizeOf(written.header) +
  sizeOf(written.cookie) +
  sizeOf(written.query) +
  [written.method, written.sourceIP, written.percent].filter(value => value !== undefined).length;

const CONDITIONS = ['header', 'cookie', 'query', 'method', 'sourceIP', 'percent'] as const;

const CONDITION_EXAMPLE: Readonly<Record<TicketDialect, string>> = {
  http: '"header": {"foo": "bar"}',
  tcp: '"sourceIP": ["10.0.0.0/8"]',
};

/** True (and a problem) where a ticket is for nobody in particular, or asks too much to be looked at. */
const reportExtent = (context: GrammarContext, written: Written, { field, dialect }: At): boolean => {
  const count = countConditions(written);
  if (count > MAX_CONDITIONS) {
    report(context, 'TicketInvalid', {
      field,
      message: `has ${count} conditions, at most ${MAX_CONDITIONS} are allowed; split it into several tickets.`,
    });
    return true;
  }
  if (CONDITIONS.every(name => written[name] === undefined)) {
    report(context, 'TicketInvalid', {
      field,
      message: `has no condition, so everybody would hold it; add a condition such as ${CONDITION_EXAMPLE[dialect]}, or write "percent": 100 if everybody is meant.`,
    });
  }
  return false;
};

const parseTicket = (context: GrammarContext, value: unknown, at: At): Ticket | undefined => {
  const { field, index, dialect } = at;
  if (!isRecord(value)) {
    report(context, 'TicketInvalid', {
      field,
      value,
      message: `must be a ticket such as {${CONDITION_EXAMPLE[dialect]}}, not ${shapeOf(value)}.`,
    });
    return undefined;
  }
  const problemsBefore = context.problems.length;
  const written = ownFields(context, value, at);
  if (reportExtent(context, value, at)) return undefined;
  const matchersOf = (source: 'header' | 'cookie' | 'query') =>
    written[source] === undefined
      ? []
      : parseNamedMatchers(context, written[source], { source, field: `${field}.${source}` });
  const ticket: Ticket = {
    index,
    headers: matchersOf('header'),
    cookies: matchersOf('cookie'),
    queries: matchersOf('query'),
    methods: readMethods(context, written.method, `${field}.method`),
    sourceCidrs: readCidrs(context, written.sourceIP, `${field}.sourceIP`),
    percentage: parsePercentage(context, written, at),
    to: readTrack(context, written.to, `${field}.to`),
    services: readServices(context, written.services, `${field}.services`),
    expiresMs: readExpires(context, written.expires, `${field}.expires`),
    description: readDescription(context, written.description, `${field}.description`),
  };
  return context.problems.length === problemsBefore ? ticket : undefined;
};

/**
 * Reads `drainage.tickets` or `sluice.dev/tickets`: one ticket, or a list of which the first match wins
 * (DESIGN 3). A bad ticket is left out and all of its problems are named; the good ones stay. Never throws.
 */
export const parseTickets = (
  value: unknown,
  field: string,
  dialect: TicketDialect = 'http',
): { readonly tickets: readonly Ticket[]; readonly problems: readonly Problem[] } => {
  const context: GrammarContext = { problems: [], regexCount: 0, tooLargeRegexes: 0 };
  const isList = Array.isArray(value);
  const written: readonly unknown[] = isList ? value : [value];
  if (written.length > MAX_TICKETS) {
    report(context, 'TicketInvalid', {
      field,
      message: `has ${written.length} tickets, at most ${MAX_TICKETS} are allowed; those from [${MAX_TICKETS}] on are not looked at. One ticket holds for many values: {"in": […]}.`,
    });
  }
  const tickets = written
    .slice(0, MAX_TICKETS)
    .map((item, index) =>
      parseTicket(context, item, { field: isList ? `${field}[${index}]` : field, index, dialect }),
    )
    .filter(ticket => ticket !== undefined);
  return { tickets, problems: context.problems };
};
