import { Counters } from '../../router/counters.ts';
import type { EngineOptions } from '../../router/engine.ts';
import type { EngineClock } from '../../router/engine-clock.ts';
import { EMPTY_PLAN, planDelta } from '../../router/routing/plan-delta.ts';
import { RouteTable } from '../../router/routing/table.ts';
import { type RunningServer, startServer } from '../../router/server.ts';
import { NO_TRACK, type TcpCountName } from '../../router/tcp/tcp-counts.ts';
import type { PoolPlan, RoutePlan, TcpPlan } from '../../src/core/route-plan.ts';
import { parseTickets } from '../../src/core/ticket/ticket-grammar.ts';
import { TEST_OPTIONS } from './one-pool-router.ts';

/** Ports of the endpoints of each track; a track without any is empty. */
export type TrackPorts = Readonly<Record<string, readonly number[]>>;

export type TcpParts = Partial<Omit<TcpPlan, 'tickets' | 'pools'>> & {
  /** As somebody writes them. */
  readonly tickets?: unknown;
};

const poolName = (port: number, track: string): string => `shop/db-${track}:${port}`;

/** The plan of one TCP port. */
export const tcpPlan = (
  port: number,
  tracks: TrackPorts,
  { tickets, ...parts }: TcpParts = {},
): RoutePlan => {
  const names = Object.keys(tracks).sort();
  const pools = names.map((track): PoolPlan => {
    const ports = tracks[track] ?? [];
    return {
      id: poolName(port, track),
      state: ports.length > 0 ? 'ready' : 'empty',
      endpoints: ports.map(endpoint => ({ address: '127.0.0.1', port: endpoint, pod: null })),
    };
  });
  const tcp: TcpPlan = {
    port,
    source: { namespace: 'shop', service: 'db', field: 'metadata.annotations[sluice.dev/tcp]' },
    pools: Object.fromEntries(names.map(track => [track, poolName(port, track)])),
    tickets: tickets === undefined ? [] : parseTickets(tickets, 'tickets').tickets,
    onEmptyEdge: 'stable',
    ownHost: `shop/db:${port}`,
    connectMs: null,
    idleMs: null,
    acceptsProxy: false,
    sendsProxy: null,
    ...parts,
  };
  return { ...EMPTY_PLAN, pools, tcp: [tcp] };
};

export type TcpRouter = RunningServer & {
  readonly bugs: readonly string[];
  /** Swaps the plan. */
  serve(tracks: TrackPorts, parts?: TcpParts): void;
  /** Nobody has the port any more. */
  unclaim(): void;
  /** A count of a track; `none`: of those that no track was chosen for. */
  count(name: TcpCountName, track?: string): number;
};

export type TcpRouterOptions = {
  readonly options?: Partial<EngineOptions>;
  readonly clock?: EngineClock;
  /** Of the machine's addresses. */
  readonly host?: string;
};

/** The real table and engine on one TCP port, which no Service has yet. */
export const startTcpRouter = async ({
  options,
  clock,
  host = '127.0.0.1',
}: TcpRouterOptions = {}): Promise<TcpRouter> => {
  const bugs: string[] = [];
  const log = (message: string, error?: unknown): void => {
    bugs.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`);
  };
  const table = new RouteTable(log);
  const counters = new Counters();
  const server = await startServer({
    routing: table,
    tcp: table.tcp,
    kind: 'tcp',
    port: 0,
    host,
    counters,
    options: { ...TEST_OPTIONS, ...options },
    ...(clock && { clock }),
    log,
  });
  let plan = EMPTY_PLAN;
  const swap = (next: RoutePlan): void => {
    table.apply(planDelta(plan, next));
    plan = next;
  };
  return {
    ...server,
    bugs,
    serve: (tracks, parts) => swap(tcpPlan(server.port, tracks, parts)),
    unclaim: () => swap(EMPTY_PLAN),
    count: (name, track = 'stable') =>
      counters.tcp.snapshot().find(line => line.track === track && line.port === server.port)?.values[name] ??
      0,
  };
};

export { NO_TRACK };
