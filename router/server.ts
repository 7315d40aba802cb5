import { createServer, type Server, type Socket } from 'node:net';
import { ClientSet } from './client/client-set.ts';
import { Counters } from './counters.ts';
import { DEFAULT_OPTIONS, Engine, type EngineOptions, type Log, SOCKET_HIGH_WATER_BYTES } from './engine.ts';
import { type EngineClock, REAL_CLOCK } from './engine-clock.ts';
import type { Routing } from './routing/decision.ts';
import { TimerWheel } from './timer-wheel.ts';

/** Where connections come from. */
export type ListenOn =
  /** `port` 0: any free one. */
  | { readonly port: number; readonly host: string }
  /** Handles of one listening socket of another process: they are taken over. */
  | { readonly listeners: readonly Server[] };

export type ServerConfig = ListenOn & {
  readonly routing: Routing;
  /** What differs from DEFAULT_OPTIONS. */
  readonly options?: Partial<EngineOptions>;
  /** Shared by all listeners of a worker. */
  readonly counters?: Counters;
  readonly log: Log;
  /** @default the machine's */
  readonly clock?: EngineClock;
};

/** Of one listener, at this moment. */
export type OpenConnections = {
  readonly clients: number;
  /** To endpoints, idle ones included. */
  readonly upstreams: number;
};

export type RunningServer = {
  readonly port: number;
  readonly counters: Counters;
  openConnections(): OpenConnections;
  /**
   * Stops accepting, lets answers in flight finish, then closes everything; bounded by `drainTimeoutMs`.
   * `idleMs`: how long a connection between two requests may still bring one; 0 where nobody takes over.
   */
  close(options?: { readonly idleMs?: number }): Promise<void>;
};

/** Starts the HTTP/1.1 engine on one port; rejects where the port cannot be had. */
export const startServer = async (config: ServerConfig): Promise<RunningServer> => {
  const options = { ...DEFAULT_OPTIONS, ...config.options };
  const counters = config.counters ?? new Counters();
  const { clock = REAL_CLOCK } = config;
  const wheel = new TimerWheel(options.tickMs, clock.now());
  const engine = new Engine({ routing: config.routing, options, counters, wheel, log: config.log });
  const clients = new ClientSet(engine);
  const servers = await openServers(config, socket => clients.accept(socket));
  const stopTicking = clock.every(options.tickMs, () => wheel.advance(clock.now()));
  const address = servers[0]?.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    counters,
    openConnections: () => ({ clients: clients.size, upstreams: engine.upstreams.size }),
    close: async ({ idleMs = 0 } = {}) => {
      engine.isDraining = true;
      for (const server of servers) server.close();
      await clients.drained({ idleMs, timeoutMs: options.drainTimeoutMs });
      clients.destroy();
      for (const upstream of engine.upstreams) upstream.destroy();
      stopTicking();
    },
  };
};

/** A burst of so many new connections waits in the kernel; the next ones would try again after a second. */
const BACKLOG = 1_024;

type OnConnection = (socket: Socket) => void;

/** A server of Node's for each handle, or one for a port of its own. */
const openServers = (config: ServerConfig, onConnection: OnConnection): Promise<readonly Server[]> => {
  const open = async (listen: (server: Server) => void): Promise<Server> => {
    const server = createServer(
      { noDelay: true, allowHalfOpen: true, highWaterMark: SOCKET_HIGH_WATER_BYTES, pauseOnConnect: true },
      onConnection,
    );
    await listening(server, listen);
    server.on('error', error => config.log('the listener failed', error));
    return server;
  };
  return Promise.all(
    'listeners' in config
      ? config.listeners.map(listener => open(server => server.listen(listener, BACKLOG)))
      : [open(server => server.listen(config.port, config.host, BACKLOG))],
  );
};

const listening = (server: Server, listen: (server: Server) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen(server);
  });
