import type { ByteString } from '../byte-string.ts';
import type { MatchingBudget } from './matching-budget.ts';

/**
 * What a ticket may ask of a request: the one seam between protocols and tickets, so that HTTP/1.1,
 * HTTP/2, gRPC, WebSocket and `explain` decide alike. All strings are byte strings. Hop-by-hop fields,
 * and those that Connection names, are not there any more (DESIGN 7).
 */
export interface RequestFacts {
  /** As sent; methods are case-sensitive (RFC 9110 9.1). */
  readonly method: ByteString;
  /** The decision's wall clock, milliseconds since the epoch. */
  readonly nowMs: number;
  /** What the regexes of tickets and paths may still cost for this request. */
  readonly matching: MatchingBudget;
  /** Client address after trusted proxies, as `canonicalAddress` writes it: one client has one text, and so one bucket. */
  readonly sourceAddress: string;
  /** The nth (from 0) field line of that name without surrounding white space, undefined past the last. `name` is in lower case. */
  headerLine(name: string, nth: number): ByteString | undefined;
  /** The first cookie of exactly that name, its value as sent. */
  cookie(name: ByteString): ByteString | undefined;
  /** The first query parameter whose decoded name is `name`, its value percent-decoded with `+` as space. */
  queryParameter(name: ByteString): ByteString | undefined;
  /** A random 32-bit unsigned integer, a fresh one at every call. */
  draw(): number;
  /** Mints the id of a sticky cookie, to be set on the response; asked again for the same cookie it gives the same id. */
  mint(cookie: ByteString, ttlSeconds: number | null): ByteString;
}
