import type { EngineOptions } from '../../router/engine.ts';
import type { EngineClock } from '../../router/engine-clock.ts';
import type { Decision, Forward, RoutedRequest, Routing } from '../../router/routing/decision.ts';
import { type RunningServer, startServer } from '../../router/server.ts';
import type { SecureContexts } from '../../router/tls/secure-contexts.ts';
import { DEFAULT_CHOICE } from '../../router/upstream/endpoint-choice.ts';
import { Pool } from '../../router/upstream/pool.ts';

export type OnePoolRouter = RunningServer & {
  readonly pool: Pool;
  /** 0: there is no TLS. */
  readonly tlsPort: number;
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
  /** What a second port for TLS shows; null: there is none. */
  readonly contexts?: SecureContexts | null;
  /** @default every host has the default certificate */
  readonly certificateOf?: (host: string) => string | null;
};

/** Timeouts of tests: coarse ones would make them slow. */
export const TEST_OPTIONS: Partial<EngineOptions> = { tickMs: 10, drainTimeoutMs: 2_000, lingerMs: 500 };

/** The real engine in front of one pool of loopback ports. */
export const startOnePoolRouter = async (
  ports: readonly number[],
  {
    options,
    clock,
    forward,
    decide,
    trackLineOf,
    contexts = null,
    certificateOf = () => null,
  }: OnePoolOptions = {},
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
    backend: null,
    ...forward,
  };
  const routing: Routing = {
    decide: request =>
      decide?.(request) ??
      (trackLineOf === undefined ? decision : { ...decision, trackLine: trackLineOf(request) }),
    certificateOf,
  };
  const bugs: string[] = [];
  const server = await startServer({
    routing,
    contexts,
    ...(contexts !== null && { tlsPort: 0 }),
    port: 0,
    host: '127.0.0.1',
    options: { ...TEST_OPTIONS, ...options },
    ...(clock && { clock }),
    log: (message, error) => bugs.push(`${message}: ${error instanceof Error ? error.stack : String(error)}`),
  });
  return { ...server, tlsPort: server.listeners.ports[1] ?? 0, pool, bugs };
};
