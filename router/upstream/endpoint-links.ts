import type { TlsPeer } from '../tls/connect-tls.ts';
import type { Backend } from './backend.ts';
import type { Endpoint } from './endpoint.ts';
import type { Http2Upstream } from './http2-upstream.ts';
import type { UpstreamLink } from './upstream-link.ts';

/** Exchanges on one connection, whatever a pod would take: another one costs little, and shares out what a lost packet holds up. */
export const MAX_STREAMS = 100;

export type ConnectOptions = {
  /** @default the listener's */
  readonly connectTimeoutMs?: number | undefined;
  /** Missing: in clear. */
  readonly links?: EndpointLinks;
};

/** What one endpoint keeps for one way to be spoken to: connections of two ways, or to two identities, never mix. */
export class EndpointLinks implements TlsPeer {
  readonly endpoint: Endpoint;
  readonly backend: Backend;
  /** HTTP/1.1: as the endpoint's own of those in clear. */
  readonly idle: UpstreamLink[] = [];
  /** HTTP/2: those that may take more streams. */
  readonly connections: Http2Upstream[] = [];
  /** As many exchanges as a connection was seen to take at once. */
  room = MAX_STREAMS;
  /** What the endpoint resumes TLS by; null: nothing yet. */
  session: Buffer | null = null;

  constructor(endpoint: Endpoint, backend: Backend) {
    this.endpoint = endpoint;
    this.backend = backend;
  }

  get address(): string {
    return this.endpoint.address;
  }

  get port(): number {
    return this.endpoint.port;
  }

  get isEmpty(): boolean {
    return this.idle.length + this.connections.length === 0;
  }

  forget(connection: Http2Upstream): void {
    const at = this.connections.indexOf(connection);
    if (at !== -1) this.connections.splice(at, 1);
  }

  /** Closes what is idle; what is busy is closed when it has finished. */
  retire(): void {
    // Copies, since each takes itself out.
    for (const link of [...this.idle]) link.destroy();
    for (const connection of [...this.connections]) connection.leave();
  }
}
