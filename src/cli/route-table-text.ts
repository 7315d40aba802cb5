import { utf8Text } from '../core/byte-string.ts';
import type { PathMatch, PoolPlan, RouteAction, RoutePlan, TcpPlan } from '../core/route-plan.ts';
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

const edgesText = (tracks: Readonly<Record<string, string>>, pools: Pools): string =>
  Object.entries(tracks)
    .filter(([track]) => track !== STABLE_TRACK)
    .map(([track, id]) => `${track === 'edge' ? '' : `${track}: `}${podsText(pools.get(id))}`)
    .join(', ') || '-';

const row = (host: string, match: PathMatch | null, action: RouteAction, pools: Pools): readonly string[] => {
  const { namespace, ingress } = action.source;
  const ends = [host === '' ? '*' : host, pathText(match)];
  if (action.kind === 'refuse') return [...ends, '(503)', '-', '-', `${namespace}/${ingress}`];
  return [
    ...ends,
    action.service,
    podsText(pools.get(action.pools[STABLE_TRACK] ?? '')),
    `${edgesText(action.pools, pools)}${action.paused ? ' (paused)' : ''}`,
    `${namespace}/${ingress}`,
  ];
};

/** Longest table that is printed; a thousand hosts are for `explain` to ask about. */
const MAX_ROWS = 60;

const tcpRow = ({ port, source, pools: tracks }: TcpPlan, pools: Pools): readonly string[] => [
  String(port),
  `${source.namespace}/${source.service}`,
  podsText(pools.get(tracks[STABLE_TRACK] ?? '')),
  edgesText(tracks, pools),
];

/** At most so many rows, and how many more there are. */
const cutTable = (
  header: readonly string[],
  rows: readonly (readonly string[])[],
  noun: string,
): readonly string[] => {
  const shown = rows.slice(0, MAX_ROWS);
  const rest = rows.length - shown.length;
  return [...tableLines([header, ...shown]), ...(rest > 0 ? [`… and ${rest} more ${noun}`] : [])];
};

/** The routes of a plan as a table, in the order in which they are tried, and its TCP ports as another. */
export const routeTableLines = ({ hosts, pools, tcp }: RoutePlan): readonly string[] => {
  const byId: Pools = new Map(pools.map(pool => [pool.id, pool]));
  const rows = hosts.flatMap(({ host, routes, fallback }) => [
    ...routes.map(({ match, action }) => row(host, match, action, byId)),
    ...(fallback === null ? [] : [row(host, null, fallback, byId)]),
  ]);
  const routes = cutTable(['HOST', 'PATH', 'SERVICE', 'STABLE PODS', 'EDGE PODS', 'INGRESS'], rows, 'routes');
  if (tcp.length === 0) return routes;
  const ports = cutTable(
    ['TCP PORT', 'SERVICE', 'STABLE PODS', 'EDGE PODS'],
    tcp.map(port => tcpRow(port, byId)),
    'ports',
  );
  // An app may have TCP ports alone.
  return rows.length === 0 ? ports : [...routes, ...ports];
};

/** Whoever wrote tickets. */
type Ticketed = Pick<TcpPlan, 'tickets' | 'ownHost'>;

/** Tickets by Ingress and by Service on TCP ports, each with its conditions as `explain` words them. */
export const ticketLines = ({ hosts, tcp }: RoutePlan): readonly string[] => {
  const byAuthor = new Map<string, Ticketed>();
  for (const { routes, fallback } of hosts) {
    for (const action of [...routes.map(route => route.action), fallback]) {
      if (action?.kind !== 'forward' || action.tickets.length === 0) continue;
      const name = `${action.source.namespace}/${action.source.ingress}`;
      if (!byAuthor.has(name)) byAuthor.set(name, action);
    }
  }
  for (const { source, tickets, ownHost } of tcp)
    byAuthor.set(`Service ${source.namespace}/${source.service}`, { tickets, ownHost });
  return [...byAuthor].slice(0, MAX_ROWS).flatMap(([name, { tickets, ownHost }]) =>
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
