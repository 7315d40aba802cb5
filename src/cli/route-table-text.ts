import { utf8Text } from '../core/byte-string.ts';
import type { PathMatch, PoolPlan, RouteAction, RoutePlan } from '../core/route-plan.ts';
import { STABLE_TRACK } from '../core/service-map.ts';
import { compileTicket } from '../core/ticket/compiled-ticket.ts';
import type { Ticket } from '../core/ticket/ticket.ts';
import { tableLines } from './terminal.ts';

const pathText = (match: PathMatch | null): string => {
  if (match === null) return '(default)';
  if (match.kind === 'regex') return `~ ${match.pattern}`;
  return match.kind === 'exact' ? `= ${utf8Text(match.path)}` : utf8Text(match.path);
};

const podsText = (pool: PoolPlan | undefined): string =>
  pool === undefined || pool.state === 'empty' ? 'none ready' : `${pool.endpoints.length} ${pool.state}`;

type Pools = ReadonlyMap<string, PoolPlan>;

const edgesText = (action: Extract<RouteAction, { kind: 'forward' }>, pools: Pools): string => {
  const edges = Object.entries(action.pools).filter(([track]) => track !== STABLE_TRACK);
  const text = edges
    .map(([track, id]) => `${track === 'edge' ? '' : `${track}: `}${podsText(pools.get(id))}`)
    .join(', ');
  return `${text === '' ? '-' : text}${action.paused ? ' (paused)' : ''}`;
};

const row = (host: string, match: PathMatch | null, action: RouteAction, pools: Pools): readonly string[] => {
  const { namespace, ingress } = action.source;
  const ends = [host === '' ? '*' : host, pathText(match)];
  if (action.kind === 'refuse') return [...ends, '(503)', '-', '-', `${namespace}/${ingress}`];
  return [
    ...ends,
    action.service,
    podsText(pools.get(action.pools[STABLE_TRACK] ?? '')),
    edgesText(action, pools),
    `${namespace}/${ingress}`,
  ];
};

/** Longest table that is printed; a thousand hosts are for `explain` to ask about. */
const MAX_ROWS = 60;

/** The routes of a plan as a table, in the order in which they are tried. */
export const routeTableLines = ({ hosts, pools }: RoutePlan): readonly string[] => {
  const byId: Pools = new Map(pools.map(pool => [pool.id, pool]));
  const rows = hosts.flatMap(({ host, routes, fallback }) => [
    ...routes.map(({ match, action }) => row(host, match, action, byId)),
    ...(fallback === null ? [] : [row(host, null, fallback, byId)]),
  ]);
  const shown = rows.slice(0, MAX_ROWS);
  const rest = rows.length - shown.length;
  return [
    ...tableLines([['HOST', 'PATH', 'SERVICE', 'STABLE PODS', 'EDGE PODS', 'INGRESS'], ...shown]),
    ...(rest > 0 ? [`… and ${rest} more routes`] : []),
  ];
};

type Forward = Extract<RouteAction, { kind: 'forward' }>;

/** Tickets by Ingress, each with its conditions as `explain` words them. */
export const ticketLines = ({ hosts }: RoutePlan): readonly string[] => {
  const byIngress = new Map<string, Forward>();
  for (const { routes, fallback } of hosts) {
    for (const action of [...routes.map(route => route.action), fallback]) {
      if (action?.kind !== 'forward' || action.tickets.length === 0) continue;
      const name = `${action.source.namespace}/${action.source.ingress}`;
      if (!byIngress.has(name)) byIngress.set(name, action);
    }
  }
  return [...byIngress].slice(0, MAX_ROWS).flatMap(([name, { tickets, ownHost }]) =>
    tickets.map(ticket => {
      const conditions = compileTicket(ticket, { ownHost }).conditions.map(({ text }) => text);
      return `ticket ${ticket.index} of ${name}: ${conditions.join(' and ') || 'everybody'} -> ${ticket.to}`;
    }),
  );
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A path may hold what a shell takes for its own. */
const asWord = (text: string): string => (/^[\w./:-]+$/.test(text) ? text : quoted(text));

/** curl flags that show a ticket; undefined where it asks for more than one plain header or cookie. */
const ticketFlags = (ticket: Ticket): string | undefined => {
  const { headers, cookies, queries, methods, sourceCidrs, percentage } = ticket;
  if (queries.length + methods.length + sourceCidrs.length > 0 || percentage !== null) return undefined;
  const [header, cookie] = [headers[0], cookies[0]];
  if (headers.length + cookies.length !== 1) return undefined;
  const named = header ?? cookie;
  const { matcher } = named ?? {};
  const value =
    matcher?.kind === 'exact' ? matcher.value : matcher?.kind === 'in' ? matcher.values[0] : undefined;
  if (named === undefined || value === undefined) return undefined;
  return header === undefined
    ? `-b ${quoted(`${named.name}=${value}`)}`
    : `-H ${quoted(`${named.name}: ${value}`)}`;
};

/** Three curl lines that show what this plan does: a plain request, and one for each of two tickets. */
export const exampleRequests = ({ hosts, pools }: RoutePlan, url: string): readonly string[] => {
  const ready = new Set(pools.filter(pool => pool.state !== 'empty').map(pool => pool.id));
  const candidates = hosts
    .filter(({ host }) => host !== '' && !host.startsWith('*'))
    .flatMap(({ host, routes }) =>
      routes.flatMap(({ match, action }) =>
        match.kind === 'regex' || action.kind !== 'forward'
          ? []
          : [{ host, path: utf8Text(match.path), action }],
      ),
    );
  const hasEdge = ({ action }: (typeof candidates)[number]): boolean =>
    action.tickets.length > 0 &&
    Object.entries(action.pools).some(([track, id]) => track !== STABLE_TRACK && ready.has(id));
  const chosen = candidates.find(hasEdge) ?? candidates[0];
  if (chosen === undefined) return [];
  const curl = (flags: string): string =>
    `curl -H ${quoted(`Host: ${chosen.host}`)}${flags === '' ? '' : ` ${flags}`} ${asWord(`${url}${chosen.path}`)}`;
  const shown = chosen.action.tickets.flatMap(ticket => ticketFlags(ticket) ?? []);
  return ['', ...shown.slice(0, 2)].map(curl);
};
