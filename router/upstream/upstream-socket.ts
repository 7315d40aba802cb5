import type { Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { PlainSocket } from '../plain-socket.ts';
import { isCertificateFault } from '../tls/certificate-fault.ts';
import { connectTls } from '../tls/connect-tls.ts';
import type { EndpointLinks, LinkedEndpoint } from './endpoint-links.ts';

type Connecting = {
  /** Is told what is read. */
  readonly reader: Reader;
  /** Missing: in clear. */
  readonly links?: EndpointLinks;
};

/** A socket to an endpoint, connecting. */
export const connectTo = (
  { address, port }: Pick<LinkedEndpoint, 'address' | 'port'>,
  engine: Engine,
  { reader, links }: Connecting,
): EngineSocket => {
  const tls = links?.backend.tls ?? null;
  if (links !== undefined && tls !== null) return connectTls(links, tls, engine, reader);
  const socket = new PlainSocket(engine, { noDelay: true });
  socket.connect({ host: address, port });
  // Not before: an address, unlike a name, has its handle now.
  socket.readTo(reader);
  return socket;
};

/** Why a socket that has closed came to nothing; `otherwise` where it was not about certificates. */
export const failureOf = <T extends string>(socket: EngineSocket, otherwise: T): T | 'certificate' =>
  isCertificateFault(socket) ? 'certificate' : otherwise;
