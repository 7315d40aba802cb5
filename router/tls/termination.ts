import type { SecureContext } from 'node:tls';
import type { Log } from '../engine.ts';
import type { SecureContexts } from './secure-contexts.ts';
import type { TlsFacts } from './tls-facts.ts';

/** A name as hosts are looked up; whatever else it is, no host matches it. */
export const lookedUpName = (serverName: string): string => {
  const lower = serverName.toLowerCase();
  return lower.endsWith('.') ? lower.slice(0, -1) : lower;
};

/** What a client may choose from, most wanted first; always the same lists. */
const HTTP_1 = ['http/1.1'] as const;
const HTTP_1_AND_2 = ['h2', 'http/1.1'] as const;

export type OfferedProtocols = typeof HTTP_1 | typeof HTTP_1_AND_2;

export const offeredProtocols = (http2: boolean): OfferedProtocols => (http2 ? HTTP_1_AND_2 : HTTP_1);

/** What all TLS connections of a listener share. */
export type TlsTermination = {
  readonly contexts: SecureContexts;
  /** Id of the certificate of a host, '' for no name at all; null: the default one. */
  readonly certificateOf: (host: string) => string | null;
  readonly protocols: OfferedProtocols;
  readonly log: Log;
};

/** What a connection begins with, before the client has named a host. */
export const firstContext = ({ contexts, certificateOf }: TlsTermination): SecureContext =>
  contexts.contextOf(certificateOf(''));

/** Who waits for the end of a handshake. */
export interface HandshakeOwner {
  /** `isResumed`: an earlier session was taken up. */
  onSecure(facts: TlsFacts, isResumed: boolean): void;
  /** Null: the client left. */
  onHandshakeFailed(error: Error | null): void;
}
