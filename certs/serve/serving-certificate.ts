import type { Server } from 'node:tls';
import type { KeyedCertificate } from '../authority.ts';

/** API servers since 1.20 speak 1.3; 1.2 is for whoever probes from an old machine. */
const MIN_VERSION = 'TLSv1.2';

/**
 * The certificate that this process serves, in all its TLS servers alike. A change holds from the next handshake
 * on; connections that are established live on, and sessions of the old certificate are not resumed.
 */
export class ServingCertificate {
  readonly #servers = new Set<Server>();
  #pair: KeyedCertificate | null = null;

  /** Null before the first; handshakes fail until then. */
  get pair(): KeyedCertificate | null {
    return this.#pair;
  }

  /** Keeps a server, HTTPS or TLS, on the present certificate until it is closed. */
  secure(server: Server): void {
    if (this.#pair !== null) setPair(server, this.#pair);
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
  }

  /** Serves this pair, which has passed `servingReasons`. */
  serve(pair: KeyedCertificate): void {
    for (const server of this.#servers) setPair(server, pair);
    this.#pair = pair;
  }
}

const setPair = (server: Server, { certificate, key }: KeyedCertificate): void =>
  server.setSecureContext({ cert: certificate, key, minVersion: MIN_VERSION });
