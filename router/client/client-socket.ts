import { channel } from 'node:diagnostics_channel';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { type Engine, SOCKET_HIGH_WATER_BYTES } from '../engine.ts';

/** What Node keeps in a socket and has no public name for. */
type Innards = { _handle: unknown; _server: unknown };

const accepted = channel('net.server.socket');

/** Whoever takes what is read, instead of 'data'; a bug in it costs this socket. */
export interface Reader {
  /** So many bytes stand at the start of the engine's read buffer. */
  onRead(count: number): void;
}

/** A client's socket. */
export class ClientSocket extends Socket {
  /** Null: 'data' tells of what is read. Its event and its view of the buffer cost as much as a route's decision. */
  reader: Reader | null = null;

  /** Back-pressure: while `isFull`, the client waits. */
  readUnless(isFull: boolean): void {
    if (isFull) this.pause();
    else this.resume();
  }
}

/**
 * The connection of an accepted socket, read into the engine's one buffer. Node's server has no `onread`, and without it
 * each read allocates 64 KiB, which alone is what a stream may hold (DESIGN 7). So the accepted socket, which has not
 * begun to read (`pauseOnConnect`), gives its handle and its place in the server's count to one that has.
 * Whoever listens to 'data' gets a view: what is kept must be copied before the next read of any socket.
 */
export const readIntoOneBuffer = (socket: Socket, { readSpace, log }: Engine): ClientSocket => {
  const from = socket as unknown as Innards;
  // `highWaterMark` works, but is missing in the types, and of `handle` they know but one kind.
  const options: SocketConstructorOpts & { readonly highWaterMark: number } = {
    handle: from._handle as SocketConstructorOpts['handle'],
    allowHalfOpen: true,
    highWaterMark: SOCKET_HIGH_WATER_BYTES,
    onread: {
      buffer: readSpace,
      callback: count => {
        try {
          if (own.reader === null) own.emit('data', readSpace.subarray(0, count));
          else own.reader.onRead(count);
        } catch (error) {
          log('a bug in the data path', error);
          own.destroy();
        }
        return true;
      },
    },
  };
  const own = new ClientSocket(options);
  (own as unknown as Innards)._server = from._server;
  from._handle = null;
  from._server = null;
  if (accepted.hasSubscribers) accepted.publish({ socket: own });
  return own;
};
