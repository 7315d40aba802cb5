import type { Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { PlainSocket } from '../plain-socket.ts';
import type { Endpoint } from './endpoint.ts';

/** A socket to an endpoint, connecting; `reader` is told what it reads. */
export const connectTo = ({ address, port }: Endpoint, engine: Engine, reader: Reader): EngineSocket => {
  const socket = new PlainSocket(engine, { noDelay: true });
  socket.connect({ host: address, port });
  // Not before: an address, unlike a name, has its handle now.
  socket.readTo(reader);
  return socket;
};
