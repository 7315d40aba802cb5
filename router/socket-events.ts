import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Log } from './engine.ts';

/** Who is told what happens on a socket. */
export interface SocketOwner {
  onConnect?(): void;
  onBytes?(bytes: Buffer): void;
  /** What was queued has been sent. */
  onDrain(): void;
  /** The peer has ended its direction. */
  onEnd(): void;
  onClose(): void;
}

/** Tells `owner` of everything on `socket`; a bug costs this socket, never the process. */
export const tellOwner = (socket: Socket, owner: SocketOwner, log: Log): void => {
  const guarded = (tell: () => void): void => {
    try {
      tell();
    } catch (error) {
      log('a bug in the data path', error);
      socket.destroy();
    }
  };
  if (owner.onBytes !== undefined) {
    // Not through `guarded`: this runs for every read, and would make a function each time.
    socket.on('data', (bytes: Buffer) => {
      try {
        owner.onBytes?.(bytes);
      } catch (error) {
        log('a bug in the data path', error);
        socket.destroy();
      }
    });
  }
  // Of TLS the connection alone is not enough: nothing may be written before the other end is known.
  socket.on(socket instanceof TLSSocket ? 'secureConnect' : 'connect', () =>
    guarded(() => owner.onConnect?.()),
  );
  socket.on('drain', () => guarded(() => owner.onDrain()));
  socket.on('end', () => guarded(() => owner.onEnd()));
  // Every failure ends in 'close'; without a listener an 'error' would end the process.
  socket.on('error', () => undefined);
  socket.on('close', () => guarded(() => owner.onClose()));
};
