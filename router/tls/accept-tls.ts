import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { EngineSocket } from '../engine-socket.ts';
import { asEngineSocket } from './node-tls-socket.ts';
import { firstContext, lookedUpName } from './termination.ts';
import { TLS_BINDING } from './tls-binding.ts';
import { secured, type TlsSocketParts } from './tls-socket.ts';

export type AcceptTlsParts = Omit<TlsSocketParts, 'parent'>;

export type AcceptedTls = {
  readonly socket: EngineSocket;
  /** Reads from now on; `read` is what was read of the connection before. In the same turn as the call. */
  begin(read: Buffer | null): void;
};

/** Takes a connection that was accepted; `owner` is told of its handshake, and from then on the socket is the engine's. */
export const acceptTls = (accepted: Socket, parts: AcceptTlsParts): AcceptedTls => {
  if (TLS_BINDING === null) return acceptByNode(accepted, parts);
  const socket = secured(accepted, parts);
  return { socket, begin: read => socket.begin(read) };
};

/** The same by Node's public classes alone; slower, for a Node that has no handles of TLS. */
export const acceptByNode = (
  accepted: Socket,
  { engine, termination, owner }: AcceptTlsParts,
): AcceptedTls => {
  const { contexts, certificateOf, protocols } = termination;
  let serverName = '';
  let isSecure = false;
  let failure: Error | null = null;
  const secure = new TLSSocket(accepted, {
    isServer: true,
    secureContext: firstContext(termination),
    ALPNProtocols: [...protocols],
    SNICallback: (name, done) => {
      serverName = lookedUpName(name);
      done(null, contexts.contextOf(certificateOf(serverName)));
    },
  });
  const own = asEngineSocket(secure, engine, null);
  secure.on('secure', () => {
    isSecure = true;
    try {
      owner.onSecure(
        {
          serverName,
          certificate: certificateOf(serverName),
          protocol: secure.alpnProtocol === 'h2' ? 'h2' : 'http/1.1',
        },
        secure.isSessionReused(),
      );
    } catch (error) {
      own.onBug(error);
    }
  });
  const fail = (error: Error): void => {
    failure ??= error;
    if (!secure.destroyed) secure.destroy();
  };
  secure.on('error', fail);
  secure.on('_tlsError', fail);
  secure.on('end', () => {
    if (!isSecure) secure.destroy();
  });
  secure.on('close', () => {
    if (!isSecure) owner.onHandshakeFailed(failure);
  });
  accepted.on('error', () => undefined);
  return {
    socket: own,
    begin: read => {
      if (read !== null && read.length > 0) accepted.unshift(read);
    },
  };
};
