import { canonicalJson } from '../canonical-json.ts';
import { defaultSalt } from './compiled-ticket.ts';
import type { HashSource, Matcher, NamedMatcher, Percentage, Ticket } from './ticket.ts';

/** A ticket that can never match, by its written position, and why. */
export type DeadTicket = { readonly index: number; readonly reason: string };

/** What is known beside the tickets. */
export type DeadTicketOptions = {
  readonly nowMs: number;
  /** The rule's own host, for the default salt; an Ingress with several hosts asks once for each. */
  readonly ownHost: string;
  /**
   * The tracks of each stable Service. Without it an earlier ticket shadows only tickets to the same track (or
   * is one to `stable`, which every Service has), since a ticket whose track the Service lacks is passed over.
   */
  readonly tracksByService?: ReadonlyMap<string, readonly string[]>;
};

const sameData = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/** True if every request that satisfies `later` satisfies `earlier`; false also where it is not plain to see. */
const matcherCovers = (earlier: Matcher, later: Matcher): boolean => {
  if (earlier.kind === 'present') return later.kind !== 'absent';
  if (earlier.kind === 'in' && later.kind === 'exact') return earlier.values.includes(later.value);
  if (earlier.kind === 'in' && later.kind === 'in')
    return later.values.every(value => earlier.values.includes(value));
  return sameData(earlier, later);
};

const namedCover = (earlier: readonly NamedMatcher[], later: readonly NamedMatcher[]): boolean =>
  earlier.every(({ name, matcher }) =>
    later.some(other => other.name === name && matcherCovers(matcher, other.matcher)),
  );

/** An empty list means anything. */
const listCovers = (earlier: readonly string[], later: readonly string[]): boolean =>
  earlier.length === 0 || (later.length > 0 && later.every(item => earlier.includes(item)));

const EVERYBODY = 10_000;

/** The value that a percentage hashes; a sticky cookie is a cookie that is never missing. */
const hashedSource = ({ by }: Percentage): HashSource | undefined => {
  if (by.kind === 'request') return undefined;
  return by.kind === 'hash' ? by.source : { kind: 'cookie', name: by.cookie };
};

const saltOf = (ticket: Ticket, ownHost: string): string | null =>
  ticket.percentage === null || ticket.percentage.by.kind === 'request'
    ? null
    : (ticket.percentage.by.salt ?? defaultSalt(ownHost, ticket.to));

const percentageCovers = (earlier: Ticket, later: Ticket, ownHost: string): boolean => {
  const wide = earlier.percentage;
  const narrow = later.percentage;
  if (wide === null) return true;
  // A hash needs its value to be there, so its 100 percent is not everybody.
  if (wide.basisPoints === EVERYBODY && wide.by.kind !== 'hash') return true;
  if (narrow === null) return false;
  const source = hashedSource(wide);
  if (source === undefined || !sameData(source, hashedSource(narrow))) return false;
  // Who comes without the sticky cookie gets one from the later ticket, but misses the earlier one's value.
  if (wide.by.kind === 'hash' && narrow.by.kind === 'sticky') return false;
  if (wide.basisPoints === EVERYBODY) return true;
  return saltOf(earlier, ownHost) === saltOf(later, ownHost) && narrow.basisPoints <= wide.basisPoints;
};

/** An earlier ticket that expires first leaves the later one its turn. */
const outlives = (earlier: Ticket, later: Ticket): boolean =>
  earlier.expiresMs === null || (later.expiresMs !== null && later.expiresMs <= earlier.expiresMs);

const conditionsCover = (earlier: Ticket, later: Ticket, ownHost: string): boolean =>
  outlives(earlier, later) &&
  listCovers(earlier.methods, later.methods) &&
  listCovers(earlier.sourceCidrs, later.sourceCidrs) &&
  namedCover(earlier.headers, later.headers) &&
  namedCover(earlier.cookies, later.cookies) &&
  namedCover(earlier.queries, later.queries) &&
  percentageCovers(earlier, later, ownHost);

const STABLE = 'stable';

const hasTrack = (tracks: readonly string[], track: string): boolean =>
  track === STABLE || tracks.includes(track);

/** The Services that a ticket is for; null stands for all of them where they are not known. */
const servicesOf = (ticket: Ticket, { tracksByService }: DeadTicketOptions): readonly (string | null)[] => {
  if (tracksByService === undefined) return ticket.services ?? [null];
  return [...tracksByService]
    .filter(
      ([service, tracks]) => (ticket.services?.includes(service) ?? true) && hasTrack(tracks, ticket.to),
    )
    .map(([service]) => service);
};

/** True if the earlier ticket is tried for that Service, whenever the later one is. */
const isTriedFor = (
  earlier: Ticket,
  service: string | null,
  at: { readonly later: Ticket; readonly tracksByService: DeadTicketOptions['tracksByService'] },
): boolean => {
  const isFor = earlier.services === null || (service !== null && earlier.services.includes(service));
  const tracks = service === null ? undefined : at.tracksByService?.get(service);
  return isFor && (earlier.to === at.later.to || hasTrack(tracks ?? [], earlier.to));
};

const shadowOf = (
  later: Ticket,
  tickets: readonly Ticket[],
  options: DeadTicketOptions,
): Ticket | undefined => {
  const services = servicesOf(later, options);
  // To name a track that no Service has is TrackUnknown, not a shadow.
  if (services.length === 0) return undefined;
  const covering = tickets.filter(
    earlier => earlier.index < later.index && conditionsCover(earlier, later, options.ownHost),
  );
  const shadows = services.map(service =>
    covering.find(earlier =>
      isTriedFor(earlier, service, { later, tracksByService: options.tracksByService }),
    ),
  );
  return shadows.every(shadow => shadow !== undefined) ? shadows[0] : undefined;
};

const reasonOf = (
  ticket: Ticket,
  tickets: readonly Ticket[],
  options: DeadTicketOptions,
): string | undefined => {
  if (ticket.expiresMs !== null && ticket.expiresMs <= options.nowMs) {
    return `it expired at ${new Date(ticket.expiresMs).toISOString()}; remove it, or set a later "expires"`;
  }
  if (ticket.percentage?.basisPoints === 0) {
    return 'its percent is 0; raise it, or remove the ticket';
  }
  const shadow = shadowOf(ticket, tickets, options);
  return shadow === undefined
    ? undefined
    : `it is shadowed: ticket [${shadow.index}], tried before it, matches whenever it does; put it first, narrow ticket [${shadow.index}], or (where both have a percent) give it a greater percent or another salt`;
};

/**
 * The tickets that can never match: expired, percent 0, or shadowed by an earlier one (DESIGN 5, "Warnings";
 * DESIGN 3, "percent"). It errs on one side: no ticket that can match is ever named.
 */
export const deadTickets = (tickets: readonly Ticket[], options: DeadTicketOptions): readonly DeadTicket[] =>
  tickets.flatMap(ticket => {
    const reason = reasonOf(ticket, tickets, options);
    return reason === undefined ? [] : [{ index: ticket.index, reason }];
  });
