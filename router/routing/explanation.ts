import type { BackendProtocol } from '../../src/core/backend-protocol.ts';
import type { PathMatch, RoutePlan, RouteSource, TcpSource } from '../../src/core/route-plan.ts';
import { branchDecision, type CompiledAction, type TicketBranch } from './compiled-route.ts';
import type { Answer, RoutedRequest } from './decision.ts';
import type { Located, RouteTable } from './table.ts';

/** One ticket of the route, and what became of it for this request. */
export type TriedTicket = {
  /** Its place in the author's list, from 0. */
  readonly index: number;
  readonly description: string | null;
  readonly to: string;
  readonly outcome:
    | { readonly kind: 'matched' }
    /** The first condition that did not hold. */
    | { readonly kind: 'failed'; readonly condition: string }
    /** It does not speak of this Service or track. */
    | { readonly kind: 'skipped'; readonly reason: string }
    | { readonly kind: 'notReached' };
};

/** Why a request goes where it goes, step by step. */
export type Explanation = {
  readonly host: string;
  readonly path: string;
  /** The host of the table that serves it; null: none does. */
  readonly matchedHost: string | null;
  /** The path rule; null: none matches, or the host's default backend is meant. */
  readonly match: PathMatch | null;
  readonly source: RouteSource | null;
  readonly service: string | null;
  readonly paused: boolean;
  readonly tickets: readonly TriedTicket[];
  readonly result:
    | {
        readonly kind: 'answer';
        readonly status: number;
        readonly code: Answer['code'];
        readonly reason: string;
      }
    | {
        readonly kind: 'forward';
        readonly track: string;
        /** The ticket's track was empty, and stable stands in. */
        readonly fellBack: boolean;
        readonly pool: string;
        readonly state: string;
        /** `address:port`, any of which may be chosen. */
        readonly endpoints: readonly string[];
        /** Path that goes upstream. */
        readonly forwardedPath: string;
        /** How the pods are spoken to, without keys; null: HTTP/1.1 in clear. */
        readonly backend: ShownBackend | null;
      };
};

/** What `backend-protocol` and its `proxy-ssl-*` come to. */
export type ShownBackend = {
  readonly http: 1 | 2;
  /** Null: in clear. */
  readonly tls: { readonly serverName: string; readonly verify: boolean; readonly hasOwnCa: boolean } | null;
};

const shownBackend = (backend: BackendProtocol | undefined): ShownBackend | null => {
  if (backend === undefined) return null;
  if (backend.kind === 'h2c') return { http: 2, tls: null };
  const { serverName, verify, ca } = backend.tls;
  return { http: backend.http, tls: { serverName, verify, hasOwnCa: ca !== null } };
};

type ForwardAction = Extract<CompiledAction, { kind: 'forward' }>;

const skipReason = (index: number, { plan }: ForwardAction): string => {
  const ticket = plan.tickets.find(candidate => candidate.index === index);
  if (plan.paused) return 'tickets are paused (sluice.dev/paused)';
  if (ticket?.services != null && !ticket.services.includes(plan.service))
    return `it is for ${ticket.services.join(', ')} only`;
  return `${plan.service} has no track ${ticket?.to}`;
};

/** Tries the tickets as `decideAction` does, with the very same conditions, and keeps a record. */
const tryTickets = (
  action: ForwardAction,
  request: RoutedRequest,
): { tried: readonly TriedTicket[]; matched: TicketBranch | null } => {
  let matched: TicketBranch | null = null;
  const tried = action.plan.tickets.map(({ index, description, to }): TriedTicket => {
    const branch = action.branches.find(candidate => candidate.ticket.ticket.index === index);
    if (branch === undefined)
      return { index, description, to, outcome: { kind: 'skipped', reason: skipReason(index, action) } };
    if (matched !== null) return { index, description, to, outcome: { kind: 'notReached' } };
    const failing = branch.ticket.firstFailing(request);
    if (failing !== undefined) {
      const why = request.matching.isExhausted ? ' (the regexes cost more than one request may)' : '';
      return { index, description, to, outcome: { kind: 'failed', condition: failing.text + why } };
    }
    matched = branch;
    return { index, description, to, outcome: { kind: 'matched' } };
  });
  return { tried, matched };
};

const forwardOf = (
  action: ForwardAction,
  matched: TicketBranch | null,
  request: RoutedRequest,
): Explanation['result'] => {
  const decision = branchDecision(action, matched);
  if (decision.kind === 'answer') {
    const { kind, status, code, reason } = decision;
    return { kind, status, code, reason };
  }
  const { pool, track, fellBack, rewritePath } = decision;
  return {
    kind: 'forward',
    track,
    fellBack,
    pool: pool.id,
    state: pool.state,
    endpoints: pool.endpoints.map(({ address, port }) =>
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    ),
    forwardedPath: rewritePath === null ? request.path : rewritePath(request.path, request.matching),
    backend: shownBackend(action.plan.backend),
  };
};

/** Who wrote it: the table knows what routes come to, the plan whose they are. */
const sourceOf = ({ hosts }: RoutePlan, { host, at }: Located): RouteSource | null => {
  const planned = hosts.find(plan => plan.host === host);
  const action = at === -1 ? planned?.fallback : planned?.routes[at]?.action;
  return action?.source ?? null;
};

/**
 * Explains a request by the table that routes it; `plan` is what that was made of. A percentage without `hashOn`
 * draws anew for every request, here too.
 */
export const explainRequest = (table: RouteTable, plan: RoutePlan, request: RoutedRequest): Explanation => {
  const { host, path } = request;
  const located = table.locate(host, path, request.matching);
  const nothing = { match: null, source: null, service: null, paused: false, tickets: [] };
  if (located?.action == null) {
    request.matching.reset();
    const decision = table.decide(request);
    if (decision.kind === 'forward')
      throw new Error('the table leads a request somewhere that it cannot locate');
    return { host, path, matchedHost: located?.host ?? null, ...nothing, result: decision };
  }
  const { action, route } = located;
  const base = {
    host,
    path,
    matchedHost: located.host,
    match: route?.match ?? null,
    source: sourceOf(plan, located),
  };
  if (action.kind === 'refuse') {
    const { kind, status, code, reason } = action.answer;
    return { ...base, service: null, paused: false, tickets: [], result: { kind, status, code, reason } };
  }
  const { tried, matched } = tryTickets(action, request);
  const { service, paused } = action.plan;
  return { ...base, service, paused, tickets: tried, result: forwardOf(action, matched, request) };
};

/** Why a connection to a TCP port goes where it goes. */
export type TcpExplanation = {
  readonly port: number;
  /** Null: no Service has the port. */
  readonly source: TcpSource | null;
  readonly tickets: readonly TriedTicket[];
  /** Null: nobody takes the connection. */
  readonly result: Explanation['result'] | null;
};

/** Explains a connection by the table that leads it. */
export const explainConnection = (
  { tcp }: Pick<RouteTable, 'tcp'>,
  port: number,
  facts: RoutedRequest,
): TcpExplanation => {
  const found = tcp.at(port);
  if (found?.action.kind !== 'forward') return { port, source: null, tickets: [], result: null };
  const { tried, matched } = tryTickets(found.action, facts);
  return {
    port,
    source: found.plan.source,
    tickets: tried,
    result: forwardOf(found.action, matched, facts),
  };
};
