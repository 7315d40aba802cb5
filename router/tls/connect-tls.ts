import type { SocketConstructorOpts } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect } from 'node:tls';
import type { Engine } from '../engine.ts';
import type { Reader } from '../engine-socket.ts';
import { noteCertificateFault } from './certificate-fault.ts';
import { asEngineSocket, type NodeTlsSocket, type ReaderPlace } from './node-tls-socket.ts';
import type { TlsPeer, TlsTarget } from './tls-target.ts';

/** The event that tells that such a socket may be written to: the other end is who it shall be. */
export const TLS_CONNECT_EVENT = 'secureConnect';

/**
 * A TLS connection to an address, being made; `reader` is told what it reads. It may be written to from
 * TLS_CONNECT_EVENT on; `alpnProtocol` is what was agreed on then. A server that cannot be verified ends in 'close', as
 * one does that cannot be reached. Node's own `connect` does this: what it verifies is not for us to repeat.
 */
export const connectTls = (
  peer: TlsPeer,
  target: TlsTarget,
  engine: Engine,
  reader: Reader,
): NodeTlsSocket => {
  const place: ReaderPlace = { reader };
  const { readSpace } = engine;
  // `onread` works, but is missing in the types.
  const options: ConnectionOptions & Pick<SocketConstructorOpts, 'onread'> = {
    host: peer.address,
    port: peer.port,
    secureContext: target.secureContext,
    rejectUnauthorized: target.verifies,
    servername: target.sendsName ? target.serverName : '',
    ...(target.sendsName || target.serverName === ''
      ? {}
      : { checkServerIdentity: (_, certificate) => checkServerIdentity(target.serverName, certificate) }),
    ...(peer.session === null ? {} : { session: peer.session }),
    ...(target.protocols.length === 0 ? {} : { ALPNProtocols: [...target.protocols] }),
    onread: {
      buffer: readSpace,
      callback: count => {
        try {
          place.reader?.onRead(count);
        } catch (error) {
          own.onBug(error);
        }
        return true;
      },
    },
  };
  const socket = connect(options);
  const own = asEngineSocket(socket, engine, place);
  // Told only where the server was verified, so nobody resumes what nobody trusted.
  own.on('session', session => {
    peer.session = session;
  });
  noteCertificateFault(own);
  own.setNoDelay(true);
  own.readTo(reader);
  return own;
};
