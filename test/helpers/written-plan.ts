import type { ExecutionContext } from 'ava';
import { EMPTY_PLAN, planDelta } from '../../router/routing/plan-delta.ts';
import { RouteTable } from '../../router/routing/table.ts';
import type { HostPlan, PathMatch, PoolPlan, RouteAction, RoutePlan } from '../../src/core/route-plan.ts';
import { comparePathMatch } from '../../src/core/rule-path.ts';
import { parseTickets } from '../../src/core/ticket/ticket-grammar.ts';
import { type Outcome, outcomeOf, referenceOutcome, routedRequest } from './reference-router.ts';
import type { PlainRequest } from './request-facts.ts';

export const source = { namespace: 'shop', ingress: 'web', field: 'spec.rules[0].http.paths[0]' };

export type Forwarding = Partial<Extract<RouteAction, { kind: 'forward' }>> & { readonly written?: unknown };

/** Leads to the Service's own pool, which carries its name; to others where `pools` says so. */
export const to = (service: string, { written, ...parts }: Forwarding = {}): RouteAction => ({
  kind: 'forward',
  source,
  service,
  pools: { stable: service },
  tickets: written === undefined ? [] : parseTickets(written, 'tickets').tickets,
  paused: false,
  onEmptyEdge: 'stable',
  ownHost: 'taobao.com',
  rewriteTarget: null,
  balance: { kind: 'p2c' },
  affinity: null,
  ...parts,
});

export const prefix = (text: string): PathMatch => ({ kind: 'prefix', path: text });
export const exact = (text: string): PathMatch => ({ kind: 'exact', path: text });
export const regex = (pattern: string): PathMatch => ({ kind: 'regex', pattern });

export type Routes = readonly (readonly [PathMatch, RouteAction])[];

export const host = (name: string, routes: Routes, fallback: RouteAction | null = null): HostPlan => ({
  host: name,
  routes: routes
    .map(([match, action]) => ({ match, action }))
    .toSorted((a, b) => comparePathMatch(a.match, b.match)),
  fallback,
});

export const full = (id: string, address = '10.0.0.1'): PoolPlan => ({
  id,
  state: 'ready',
  endpoints: [{ address, port: 80, pod: null }],
});

const empty = (id: string): PoolPlan => ({ id, state: 'empty', endpoints: [] });

const actionsOf = ({ routes, fallback }: HostPlan): readonly RouteAction[] => [
  ...routes.map(route => route.action),
  ...(fallback === null ? [] : [fallback]),
];

/** A plan whose pools are ready unless they are named in `emptyPools`. */
export const planOf = (hosts: readonly HostPlan[], emptyPools: readonly string[] = []): RoutePlan => {
  const ids = hosts
    .flatMap(actionsOf)
    .flatMap(action => (action.kind === 'forward' ? Object.values(action.pools) : []));
  return {
    ...EMPTY_PLAN,
    hosts,
    pools: [...new Set(ids)].sort().map(id => (emptyPools.includes(id) ? empty(id) : full(id))),
  };
};

export const tableOf = (plan: RoutePlan): RouteTable => {
  const table = new RouteTable();
  table.apply(planDelta(EMPTY_PLAN, plan));
  return table;
};

export const outcomeAt = (table: RouteTable, host: string, at: string, request: PlainRequest = {}): Outcome =>
  outcomeOf(table.decide(routedRequest(host, at, request)), at);

/** `pool`, `pool as edge`, `pool fellBack`, ` at /path` where rewritten, or `404 NoHost`. */
export const brief = (outcome: Outcome, at: string): string => {
  if ('answer' in outcome) return outcome.answer;
  const track = outcome.track === 'stable' ? '' : ` as ${outcome.track}`;
  const path = outcome.path === at ? '' : ` at ${outcome.path}`;
  return `${outcome.pool}${track}${outcome.fellBack ? ' fellBack' : ''}${path}`;
};

export type Row = readonly [host: string, path: string, expected: string, request?: PlainRequest];

/** Every row is asked of the table and of the reference router. */
export const routesMacro = {
  exec(t: ExecutionContext, plan: RoutePlan, rows: readonly Row[]): void {
    const table = tableOf(plan);
    for (const [name, at, expected, request] of rows) {
      const reference = referenceOutcome(plan, routedRequest(name, at, request));
      t.is(brief(outcomeAt(table, name, at, request), at), expected, `${name}${at}`);
      t.is(brief(reference, at), expected, `reference: ${name}${at}`);
    }
  },
  title: (title = ''): string => title,
};

export const anyPath = (service: string): Routes => [[prefix('/'), to(service)]];

/** A request that shows the ticket `fooTicket`. */
export const foo: PlainRequest = { headers: [['foo', 'bar']] };
export const fooTicket = { header: { foo: 'bar' } };
export const tracks = { pools: { beta: 'beta', edge: 'edge', stable: 'cart' } };

/** All of `taobao.com` goes one way. */
export const oneRoute = (action: RouteAction, emptyPools: readonly string[] = []): RoutePlan =>
  planOf([host('taobao.com', [[prefix('/'), action]])], emptyPools);
