import { createServer, type Server, type Socket } from 'node:net';
import { ClientConnection } from './client-connection.ts';
import { Counters } from './counters.ts';
import type { Routing } from './decision.ts';
import { DEFAULT_OPTIONS, Engine, type EngineOptions, type Log, SOCKET_HIGH_WATER_BYTES } from './engine.ts';
import { TimerWheel } from './timer-wheel.ts';

/** Where connections come from. */
export type ListenOn =
  /** `port` 0: any free one. */
  | { readonly port: number; readonly host: string }
  /** A listening socket of another process or server: its handle is taken over. */
  | { readonly listener: Server };

export type ServerConfig = ListenOn & {
  readonly routing: Routing;
  /** What differs from DEFAULT_OPTIONS. */
  readonly options?: Partial<EngineOptions>;
  /** Shared by all listeners of a worker. */
  readonly counters?: Counters;
  readonly log: Log;
};

export type RunningServer = {
  readonly port: number;
  readonly counters: Counters;
  /** Stops accepting, lets answers in flight finish, then closes everything; bounded by `drainTimeoutMs`. */
  close(): Promise<void>;
};

/** Starts the HTTP/1.1 engine on one port; rejects where the port cannot be had. */
export const startServer = async (config: ServerConfig): Promise<RunningServer> => {
  const options = { ...DEFAULT_OPTIONS, ...config.options };
  const counters = config.counters ?? new Counters();
  const wheel = new TimerWheel(options.tickMs, performance.now());
  const engine = new Engine({ routing: config.routing, options, counters, wheel, log: config.log });
  const clients = new ClientSet(engine);
  const server = createServer(
    { noDelay: true, allowHalfOpen: true, highWaterMark: SOCKET_HIGH_WATER_BYTES },
    socket => clients.accept(socket),
  );
  await listening(server, config);
  server.on('error', error => config.log('the listener failed', error));
  const ticking = setInterval(() => wheel.advance(performance.now()), options.tickMs);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    counters,
    close: async () => {
      engine.isDraining = true;
      server.close();
      await clients.drained(options.drainTimeoutMs);
      for (const upstream of engine.upstreams) upstream.destroy();
      clearInterval(ticking);
    },
  };
};

const listening = (server: Server, on: ListenOn): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    if ('listener' in on) server.listen(on.listener);
    else server.listen(on.port, on.host);
  });

/** The clients of one listener, so that a stop can find and await them. */
class ClientSet {
  readonly #engine: Engine;
  readonly #connections = new Set<ClientConnection>();
  #onEmpty: (() => void) | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  accept(socket: Socket): void {
    // Reset before it was accepted: there is nobody to talk to.
    if (socket.remoteAddress === undefined) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    this.#connections.add(
      new ClientConnection(this.#engine, socket, gone => {
        this.#connections.delete(gone);
        if (this.#connections.size === 0) this.#onEmpty?.();
      }),
    );
  }

  async drained(timeoutMs: number): Promise<void> {
    for (const connection of this.#connections) connection.drain();
    if (this.#connections.size === 0) return;
    await new Promise<void>(resolve => {
      const timeout = setTimeout(() => {
        for (const connection of this.#connections) connection.destroy();
      }, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timeout);
        resolve();
      };
    });
  }
}
