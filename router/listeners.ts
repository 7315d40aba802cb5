import { createServer, type Server, type Socket } from 'node:net';
import { type Log, SOCKET_HIGH_WATER_BYTES } from './engine.ts';

/** What is spoken on a port. */
export type ListenerKind = 'http' | 'https' | 'tcp';

/** Handles of one listening socket of another process: they are taken over. */
export type SharedPort = {
  readonly kind: ListenerKind;
  readonly port: number;
  readonly handles: readonly Server[];
};

/** Takes a new connection, by the kind of its listener. */
export type Acceptors = Readonly<Record<ListenerKind, (socket: Socket, port: number) => void>>;

/** A burst of so many new connections waits in the kernel; the next ones would try again after a second. */
const BACKLOG = 1_024;

/** The listening sockets of one engine, by port; they come and go while connections run. */
export class Listeners {
  readonly #acceptors: Acceptors;
  readonly #log: Log;
  readonly #servers = new Map<number, readonly Server[]>();
  readonly #kinds = new Map<number, ListenerKind>();

  constructor(acceptors: Acceptors, log: Log) {
    this.#acceptors = acceptors;
    this.#log = log;
  }

  /** Ports that are listened on, in the order in which they came. */
  get ports(): readonly number[] {
    return [...this.#servers.keys()];
  }

  /** The first port of a kind; undefined: there is none. */
  portOf(kind: ListenerKind): number | undefined {
    return this.ports.find(port => this.#kinds.get(port) === kind);
  }

  /** Listens on a port of its own; 0 is any free one. Rejects where it cannot be had. */
  async bind(kind: ListenerKind, port: number, host: string): Promise<number> {
    const bound = { port };
    const server = await this.#listen(kind, bound, one => one.listen(port, host, BACKLOG));
    const address = server.address();
    if (typeof address === 'object' && address !== null) bound.port = address.port;
    this.#servers.set(bound.port, [server]);
    this.#kinds.set(bound.port, kind);
    return bound.port;
  }

  /** Listens on the socket of another process: each handle accepts. Rejects where it cannot be had. */
  async take({ kind, port, handles }: SharedPort): Promise<void> {
    const tries = await Promise.allSettled(
      handles.map(handle => this.#listen(kind, { port }, server => server.listen(handle, BACKLOG))),
    );
    const servers = tries.flatMap(tried => (tried.status === 'fulfilled' ? [tried.value] : []));
    const failed = tries.find(tried => tried.status === 'rejected');
    if (failed === undefined) {
      this.#servers.set(port, servers);
      this.#kinds.set(port, kind);
      return;
    }
    for (const server of servers) server.close();
    throw failed.reason;
  }

  /** Nobody new comes by this port; connections go on. */
  close(port: number): void {
    for (const server of this.#servers.get(port) ?? []) server.close();
    this.#servers.delete(port);
    this.#kinds.delete(port);
  }

  closeAll(): void {
    for (const port of this.ports) this.close(port);
  }

  /** `port` is read when a connection comes: only then is any free one known. */
  async #listen(
    kind: ListenerKind,
    bound: { readonly port: number },
    listen: (server: Server) => void,
  ): Promise<Server> {
    const accept = this.#acceptors[kind];
    const server = createServer(
      { noDelay: true, allowHalfOpen: true, highWaterMark: SOCKET_HIGH_WATER_BYTES, pauseOnConnect: true },
      socket => accept(socket, bound.port),
    );
    await listening(server, listen);
    server.on('error', error => this.#log('the listener failed', error));
    return server;
  }
}

const listening = (server: Server, listen: (server: Server) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen(server);
  });
