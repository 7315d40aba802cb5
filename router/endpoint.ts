import type { UpstreamLink } from './upstream-link.ts';

/** One address and port of a pool, with its idle keep-alive connections. */
export class Endpoint {
  readonly address: string;
  readonly port: number;
  /** Requests that run on it now; the balancer's only measure. */
  inFlight = 0;
  /** True once the plan has dropped it: what runs may finish, nothing is kept. */
  retired = false;
  /** Last in, first out: the newest socket is the least likely to be closed by its peer, and the oldest may time out. */
  readonly idle: UpstreamLink[] = [];

  constructor(address: string, port: number) {
    this.address = address;
    this.port = port;
  }

  /** Closes what is idle, and has busy connections closed when they finish. */
  retire(): void {
    this.retired = true;
    // A copy, since each connection takes itself out of `idle`.
    for (const connection of [...this.idle]) connection.destroy();
    this.idle.length = 0;
  }

  /** An idle connection that can still be written, if there is one. */
  takeIdle(): UpstreamLink | undefined {
    for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
      if (connection.isUsable) return connection;
    }
    return undefined;
  }

  forget(connection: UpstreamLink): void {
    const at = this.idle.lastIndexOf(connection);
    if (at !== -1) this.idle.splice(at, 1);
  }
}
