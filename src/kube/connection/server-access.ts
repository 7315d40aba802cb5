import type { Agent } from 'node:http';

/** Who we are, and whom we believe, on a TLS connection. */
export type TlsIdentity = {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
};

export type Credentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsIdentity;
  /** Where connections go through a proxy of the kubeconfig; otherwise we make our own. */
  readonly agent?: Agent;
};

/** An API server, and how to be let in. */
export interface ServerAccess {
  /** `https://10.96.0.1:443`, without a slash at the end; it may have a path. */
  readonly server: string;
  /** The namespace that we run in, or that of the kubeconfig's context; null: neither says. */
  readonly namespace: string | null;
  /** Where this was found, for messages. */
  readonly origin: string;
  /** For one request: tokens and certificates change while we run. Rejects where a file or plugin fails. */
  credentials(): Promise<Credentials>;
  /** Forgets what is cached. */
  renew(): void;
}
