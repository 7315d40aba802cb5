import type { SocketConstructorOpts } from 'node:net';
import {
  type ConnectionOptions,
  checkServerIdentity,
  connect,
  createSecureContext,
  type SecureContext,
} from 'node:tls';
import type { Engine } from '../engine.ts';
import type { Reader } from '../engine-socket.ts';
import { noteCertificateFault } from './certificate-fault.ts';
import { asEngineSocket, type NodeTlsSocket, type ReaderPlace } from './node-tls-socket.ts';
import type { KeyedChain } from './secure-contexts.ts';

/** What is asked of the server at the other end, and shown to it. */
export type TlsTargetWish = {
  /** False: whatever certificate it shows is taken. */
  readonly verifies: boolean;
  /** PEM; null: the authorities that Node ships. */
  readonly ca: string | null;
  /** The name that its certificate is for; empty: none is sent, and its address is verified. */
  readonly serverName: string;
  /** False: it is not told that name (SNI). */
  readonly sendsName: boolean;
  /** Shown where it asks for one; null: there is none. */
  readonly certificate: KeyedChain | null;
  /** Offered (ALPN), most wanted first; empty: nothing is offered. */
  readonly protocols: readonly string[];
};

/** Compiled once and used for every connection: to compile it takes a millisecond. */
export type TlsTarget = Omit<TlsTargetWish, 'ca' | 'certificate'> & { readonly secureContext: SecureContext };

/** @throws what OpenSSL says of a certificate, a key or an authority that it cannot load */
export const newTlsTarget = ({ ca, certificate, ...wish }: TlsTargetWish): TlsTarget => ({
  ...wish,
  secureContext: createSecureContext({
    minVersion: 'TLSv1.2',
    // An empty list: nothing is verified, so no authority is needed.
    ...(wish.verifies ? (ca === null ? {} : { ca }) : { ca: [] }),
    ...(certificate === null ? {} : { cert: certificate.chain, key: certificate.key }),
  }),
});

/** Where a server is. `session` is what an earlier connection to it can be resumed by, and is kept up to date. */
export interface TlsPeer {
  readonly address: string;
  readonly port: number;
  session: Buffer | null;
}

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
