import { ClientSet } from './client/client-set.ts';
import { Counters } from './counters.ts';
import { DEFAULT_OPTIONS, Engine, type EngineOptions, type Log } from './engine.ts';
import { type EngineClock, REAL_CLOCK } from './engine-clock.ts';
import { HTTPS_PORT } from './https-way.ts';
import { type Acceptors, type ListenerKind, Listeners, type SharedPort } from './listeners.ts';
import type { Routing } from './routing/decision.ts';
import { TcpRelays } from './tcp/tcp-relays.ts';
import { NO_TCP, type TcpRouting } from './tcp/tcp-table.ts';
import { TimerWheel } from './timer-wheel.ts';
import type { SecureContexts } from './tls/secure-contexts.ts';
import { offeredProtocols } from './tls/termination.ts';

/** Where connections come from. */
export type ListenOn =
  /** One port, of HTTP unless it says otherwise, and HTTPS on another; 0: any free one. */
  | { readonly port: number; readonly host: string; readonly kind?: ListenerKind; readonly tlsPort?: number }
  /** What another process has bound, the first of them first. */
  | { readonly listeners: readonly SharedPort[] };

export type ServerConfig = ListenOn & {
  readonly routing: Routing;
  /** @default no TCP port leads anywhere */
  readonly tcp?: TcpRouting;
  /** What differs from DEFAULT_OPTIONS. */
  readonly options?: Partial<EngineOptions>;
  /** Shared by all servers of a worker. */
  readonly counters?: Counters;
  /** What is shown on ports for TLS. @default null: there are none */
  readonly contexts?: SecureContexts | null;
  readonly log: Log;
  /** @default the machine's */
  readonly clock?: EngineClock;
};

/** Of one server, at this moment. */
export type OpenConnections = {
  readonly clients: number;
  /** To endpoints, idle ones included. */
  readonly upstreams: number;
};

export type RunningServer = {
  /** The first of its ports. */
  readonly port: number;
  readonly counters: Counters;
  /** Ports may come and go; connections do not notice. */
  readonly listeners: Pick<Listeners, 'ports' | 'take' | 'close'>;
  openConnections(): OpenConnections;
  /**
   * Stops accepting, lets answers in flight finish, then closes everything; bounded by `drainTimeoutMs`.
   * `idleMs`: how long a connection between two requests may still bring one; 0 where nobody takes over.
   */
  close(options?: { readonly idleMs?: number }): Promise<void>;
};

/** Starts the engine on its ports; rejects where one cannot be had. */
export const startServer = async (config: ServerConfig): Promise<RunningServer> => {
  const options = { ...DEFAULT_OPTIONS, ...config.options };
  const counters = config.counters ?? new Counters();
  const { clock = REAL_CLOCK } = config;
  const wheel = new TimerWheel(options.tickMs, clock.now());
  const engine = new Engine({ routing: config.routing, options, counters, wheel, log: config.log });
  const clients = new ClientSet(engine);
  const relays = new TcpRelays(engine, config.tcp ?? NO_TCP);
  const listeners = new Listeners(acceptors(config, options, { clients, relays }), config.log);
  engine.https = {
    isServed: (config.contexts ?? null) !== null,
    publicPort: () => options.publicHttpsPort ?? listeners.portOf('https') ?? HTTPS_PORT,
  };
  await listen(listeners, config);
  const stopTicking = clock.every(options.tickMs, () => wheel.advance(clock.now()));
  return {
    port: listeners.ports[0] ?? 0,
    counters,
    listeners,
    openConnections: () => ({ clients: clients.size, upstreams: engine.upstreams.size }),
    close: async ({ idleMs = 0 } = {}) => {
      engine.isDraining = true;
      listeners.closeAll();
      const timeoutMs = options.drainTimeoutMs;
      await Promise.all([clients.drained({ idleMs, timeoutMs }), relays.drained({ timeoutMs })]);
      clients.destroy();
      for (const upstream of engine.upstreams) upstream.destroy();
      stopTicking();
    },
  };
};

const acceptors = (
  { routing, contexts = null, log }: ServerConfig,
  { http2 }: EngineOptions,
  { clients, relays }: { readonly clients: ClientSet; readonly relays: TcpRelays },
): Acceptors => {
  const protocols = offeredProtocols(http2);
  const certificateOf = (host: string): string | null => routing.certificateOf(host);
  const termination = contexts === null ? null : { contexts, certificateOf, protocols, log };
  return {
    http: socket => clients.accept(socket),
    https: socket => {
      if (termination !== null) clients.acceptTls(socket, termination);
      else socket.destroy();
    },
    tcp: (socket, port) => relays.accept(socket, port),
  };
};

/** All or none: whoever starts a server that cannot have a port has nothing to close. */
const listen = async (listeners: Listeners, config: ListenOn): Promise<void> => {
  try {
    if ('listeners' in config) for (const shared of config.listeners) await listeners.take(shared);
    else {
      await listeners.bind(config.kind ?? 'http', config.port, config.host);
      if (config.tlsPort !== undefined) await listeners.bind('https', config.tlsPort, config.host);
    }
  } catch (error) {
    listeners.closeAll();
    throw error;
  }
};
