import type { EngineOptions } from '../../router/engine.ts';
import type { EngineClock } from '../../router/engine-clock.ts';
import type { Decision, Forward, RoutedRequest, Routing } from '../../router/routing/decision.ts';
import { type RunningServer, startServer } from '../../router/server.ts';
import { DEFAULT_CHOICE } from '../../router/upstream/endpoint-choice.ts';
import { Pool } from '../../router/upstream/pool.ts';

export type OnePoolRouter = RunningServer & {
  readonly pool: Pool;
  /** Everything that the engine called a bug. */
  readonly bugs: readonly string[];
};

export type OnePoolOptions = {
  readonly options?: Partial<EngineOptions>;
  readonly clock?: EngineClock;
  readonly forward?: Partial<Forward>;
  /** Asked first; undefined: forward to the pool. */
  readonly decide?: (request: RoutedRequest) => Decision | undefined;
  /** The track line of each request, in place of the one that is the same for all. */
  readonly trackLineOf?: (request: RoutedRequest) => string;
};

/** Timeouts of tests: coarse ones would make them slow. */
export const TEST_OPTIONS: Partial<EngineOptions> = { tickMs: 10, drainTimeoutMs: 2_000, lingerMs: 500 };

/** The real engine in front of one pool of loopback ports. */
export const startOnePoolRouter = async (
  ports: readonly number[],
  { options, clock, forward, decide, trackLineOf }: OnePoolOptions = {},
): Promise<OnePoolRouter> => {
  const pool = new Pool('default/www:80');
  pool.update({
    id: pool.id,
    state: ports.length > 0 ? 'ready' : 'empty',
    endpoints: ports.map(port => ({ address: '127.0.0.1', port, pod: null })),
  });
  const decision: Forward = {
    kind: 'forward',
    pool,
    track: 'stable',
    trackLine: 'x-sluice-track: stable\r\n',
    rewritePath: null,
    fellBack: false,
    choice: DEFAULT_CHOICE,
    checks: null,
    ...forward,
  };
  const routing: Routing = {
    decide: request =>
      decide?.(request) ??
      (trackLineOf === undefined ? decision : { ...decision, trackLine: trackLineOf(request) }),
  };
  const bugs: string[] = [];
  const server = await startServer({
    routing,
    port: 0,
    host: '127.0.0.1',
    options: { ...TEST_OPTIONS, ...options },
    ...(clock && { clock }),
    log: (message, error) => bugs.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`),
  });
  return { ...server, pool, bugs };
};
