import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { type Engine, SOCKET_HIGH_WATER_BYTES } from '../engine.ts';
import type { Endpoint } from './endpoint.ts';

/** A socket to an endpoint, connecting. Reads go to the engine's one buffer: `onRead` gets their length; a bug in it costs this socket. */
export const connectTo = (endpoint: Endpoint, engine: Engine, onRead: (count: number) => void): Socket => {
  const read = (count: number): boolean => {
    try {
      onRead(count);
    } catch (error) {
      engine.log('a bug in the answer path', error);
      socket.destroy();
    }
    return true;
  };
  // highWaterMark is documented for net.Socket, but missing in the types of connect.
  const options: TcpNetConnectOpts & { readonly highWaterMark: number } = {
    host: endpoint.address,
    port: endpoint.port,
    noDelay: true,
    highWaterMark: SOCKET_HIGH_WATER_BYTES,
    onread: { buffer: engine.readSpace, callback: read },
  };
  const socket = connect(options);
  return socket;
};
