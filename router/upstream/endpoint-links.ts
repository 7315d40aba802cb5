import type { TlsPeer } from '../tls/tls-target.ts';
import type { Backend } from './backend.ts';
import type { UpstreamLink } from './upstream-link.ts';

/** Exchanges on one connection, whatever a pod would take: another one costs little, and shares out what a lost packet holds up. */
export const MAX_STREAMS = 100;

export type ConnectOptions = {
  /** @default the listener's */
  readonly connectTimeoutMs?: number | undefined;
  /** Missing: in clear. */
  readonly links?: EndpointLinks;
};

/** The endpoint, as far as its connections look at it. */
export interface LinkedEndpoint {
  readonly address: string;
  readonly port: number;
  /** Requests that run on it now. */
  inFlight: number;
  /** True once the plan has dropped it. */
  readonly retired: boolean;
}

/** A connection that exchanges share. */
export interface SharedConnection {
  /** No new exchanges: what runs may finish. */
  leave(): void;
}

/** What one endpoint keeps for one way to be spoken to: connections of two ways, or to two identities, never mix. */
export class EndpointLinks implements TlsPeer {
  readonly endpoint: LinkedEndpoint;
  readonly backend: Backend;
  /** HTTP/1.1: as the endpoint's own of those in clear. */
  readonly idle: UpstreamLink[] = [];
  /** HTTP/2: those that may take more streams. */
  readonly connections: SharedConnection[] = [];
  /** As many exchanges as a connection was seen to take at once. */
  room = MAX_STREAMS;
  /** What the endpoint resumes TLS by; null: nothing yet. */
  session: Buffer | null = null;

  constructor(endpoint: LinkedEndpoint, backend: Backend) {
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

  forget(connection: SharedConnection): void {
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
