import type { BackendProtocol, BackendTls } from '../../src/core/backend-protocol.ts';
import { newTlsTarget, type TlsTarget } from '../tls/tls-target.ts';

/**
 * How the pods of a route are spoken to where that is not HTTP/1.1 in clear, compiled; one object for equal words, so
 * that connections are kept by it.
 */
export type Backend = {
  readonly isHttp2: boolean;
  /** Null: in clear. */
  readonly tls: TlsTarget | null;
  /** False: OpenSSL does not take a certificate or key that reads well; one that is too weak, say. */
  readonly isUsable: boolean;
};

const targetOf = (
  { verify, ca, serverName, sendsName, client }: BackendTls,
  isHttp2: boolean,
): TlsTarget | null => {
  try {
    return newTlsTarget({
      verifies: verify,
      ca,
      serverName,
      sendsName,
      certificate: client,
      protocols: [isHttp2 ? 'h2' : 'http/1.1'],
    });
  } catch {
    return null;
  }
};

export const compileBackend = (protocol: BackendProtocol): Backend => {
  if (protocol.kind === 'h2c') return { isHttp2: true, tls: null, isUsable: true };
  const isHttp2 = protocol.http === 2;
  const tls = targetOf(protocol.tls, isHttp2);
  return { isHttp2, tls, isUsable: tls !== null };
};
