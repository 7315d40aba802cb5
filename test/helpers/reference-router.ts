import { isIP } from 'node:net';
import type { Decision, RoutedRequest } from '../../router/routing/decision.ts';
import { normalizePath } from '../../src/core/request-path.ts';
import type { HostPlan, PathMatch, RouteAction, RoutePlan } from '../../src/core/route-plan.ts';
import { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import { referenceMatches } from '../../src/core/ticket/reference-ticket.ts';
import { factsOf, type PlainRequest } from './request-facts.ts';

/** Where a request went, as plain data: what two routers are compared by. */
export type Outcome =
  | { readonly answer: string }
  | {
      readonly track: string;
      readonly pool: string;
      readonly endpoints: readonly string[];
      readonly path: string;
      readonly fellBack: boolean;
    };

export const routedRequest = (host: string, path: string, request: PlainRequest = {}): RoutedRequest => ({
  ...factsOf(request),
  host,
  path,
  query: request.query === undefined ? '' : `?${request.query}`,
});

const endpointText = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  `${address} ${port}`;

/** A decision of the real table, told as an outcome. */
export const outcomeOf = (decision: Decision, path: string): Outcome => {
  if (decision.kind === 'answer') return { answer: `${decision.status} ${decision.code}` };
  const { track, pool, rewritePath, fellBack } = decision;
  return {
    track,
    pool: pool.id,
    endpoints: pool.endpoints.map(endpointText),
    path: rewritePath === null ? path : rewritePath(path, new MatchingBudget()),
    fellBack,
  };
};

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

const isHostName = (text: string): boolean => {
  const labels = text.split('.');
  const rest = labels[0] === '*' ? labels.slice(1) : labels;
  return rest.length > 0 && rest.every(label => LABEL.test(label)) && isIP(text) === 0;
};

/** DESIGN 2: hex pairs that decode to a canonical host, or to nothing, then 32 hex digits. */
const isKey = (host: string): boolean => {
  if (!/^([0-9a-f]{2}){16,}$/.test(host)) return false;
  const decoded = Buffer.from(host.slice(0, -32), 'hex').toString('latin1');
  return decoded === '' || isHostName(decoded);
};

/** DESIGN 7: exact, else wildcard for exactly one label, else hostless. */
const hostSet = (plan: RoutePlan, host: string): HostPlan | undefined => {
  const [label = '', ...parents] = host.split('.');
  const wildcard = label === '' || parents.length === 0 ? null : ['*', ...parents].join('.');
  return (
    plan.hosts.find(entry => entry.host !== '' && !entry.host.startsWith('*') && entry.host === host) ??
    plan.hosts.find(entry => entry.host === wildcard) ??
    plan.hosts.find(entry => entry.host === '')
  );
};

const matches = (match: PathMatch, path: string): boolean => {
  if (match.kind === 'exact') return path === match.path;
  // Node's own engine, over the simple patterns of the tests.
  if (match.kind === 'regex') return new RegExp(`^(?:${match.pattern})`, 'i').test(path);
  const wanted = match.path === '/' ? [''] : match.path.split('/');
  const elements = path.split('/');
  return wanted.every((element, at) => elements[at] === element);
};

const lengthOf = (match: PathMatch): number =>
  match.kind === 'regex' ? match.pattern.length : match.path.length;

/** The longest match, an exact one before others; looks at all routes, whatever their order. */
const actionAt = ({ routes, fallback }: HostPlan, path: string): RouteAction | null => {
  const found = routes.filter(({ match }) => matches(match, path));
  const longest = Math.max(...found.map(({ match }) => lengthOf(match)));
  const best = found.filter(({ match }) => lengthOf(match) === longest);
  const kinds = ['exact', 'prefix', 'regex'] as const;
  for (const kind of kinds) {
    const first = best.find(({ match }) => match.kind === kind);
    if (first !== undefined) return first.action;
  }
  return fallback;
};

type ForwardAction = Extract<RouteAction, { kind: 'forward' }>;

const poolAt = (plan: RoutePlan, id: string | undefined) => plan.pools.find(pool => pool.id === id);

const rewritten = (action: ForwardAction, match: PathMatch | undefined, path: string): string => {
  if (action.rewriteTarget === null) return path;
  const groups = match?.kind === 'regex' ? new RegExp(`^(?:${match.pattern})`, 'i').exec(path) : null;
  const target = action.rewriteTarget.split(/(\$\d)/).map(part => {
    if (!/^\$\d$/.test(part)) return part;
    return groups?.[Number(part.slice(1))] ?? '';
  });
  return normalizePath(target.join('')) ?? path;
};

const trackFor = (action: ForwardAction, request: RoutedRequest): string => {
  if (action.paused) return 'stable';
  for (const ticket of action.tickets) {
    const isHere = ticket.services === null || ticket.services.includes(action.service);
    const hasTrack = Object.keys(action.pools).includes(ticket.to);
    if (isHere && hasTrack && referenceMatches(ticket, action.ownHost, request)) return ticket.to;
  }
  return '';
};

/**
 * The router read off DESIGN 7 sentence by sentence, over a plan: slow, and sharing nothing with the table but
 * the normalization of paths.
 */
export const referenceOutcome = (plan: RoutePlan, request: RoutedRequest): Outcome => {
  const { host, path } = request;
  if (isKey(host)) return { answer: '404 HostKey' };
  const set = hostSet(plan, host);
  if (set === undefined) return { answer: '404 NoHost' };
  const action = actionAt(set, path);
  if (action === null) return { answer: '404 NoRoute' };
  if (action.kind === 'refuse') return { answer: '503 Refused' };
  const match = set.routes.find(route => route.action === action)?.match;
  const wanted = trackFor(action, request);
  const track = wanted === '' ? 'stable' : wanted;
  const own = poolAt(plan, action.pools[track]);
  const isEmpty = own === undefined || own.state === 'empty';
  if (isEmpty && wanted !== '' && action.onEmptyEdge === 'unavailable') return { answer: '503 NoEndpoint' };
  const pool = isEmpty ? poolAt(plan, action.pools.stable) : own;
  if (pool === undefined || pool.state === 'empty') return { answer: '503 NoEndpoint' };
  return {
    track: isEmpty ? 'stable' : track,
    pool: pool.id,
    endpoints: pool.endpoints.map(endpointText),
    path: rewritten(action, match, path),
    fellBack: isEmpty,
  };
};
