import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { RawPeer } from './raw-peer.ts';

export type TlsPeer = RawPeer & { readonly socket: TLSSocket };

/** A client whose handshake is done; rejects where there was none. Nothing is verified but where `options` say so. */
export const connectTlsPeer = async (port: number, options: ConnectionOptions = {}): Promise<TlsPeer> => {
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    ALPNProtocols: ['http/1.1'],
    ...options,
  });
  const peer = new RawPeer(socket) as TlsPeer;
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before the handshake was done')));
  });
  return peer;
};

/** The names of the certificate that a client is shown. */
export const namesShown = ({ socket }: TlsPeer): string =>
  socket.getPeerX509Certificate()?.subjectAltName ?? '';
