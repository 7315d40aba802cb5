import { channel } from 'node:diagnostics_channel';
import type { Socket, SocketConstructorOpts } from 'node:net';
import type { Engine } from '../engine.ts';
import type { EngineSocket } from '../engine-socket.ts';
import { PlainSocket } from '../plain-socket.ts';

/** What Node keeps in a socket and has no public name for. */
type Innards = { _handle: unknown; _server: unknown };

const accepted = channel('net.server.socket');

/**
 * The connection of an accepted socket, read into the engine's one buffer. Node's server has no `onread`, and without it
 * each read allocates 64 KiB, which alone is what a stream may hold (DESIGN 7). So the accepted socket, which has not
 * begun to read (`pauseOnConnect`), gives its handle and its place in the server's count to one that has.
 * Whoever listens to 'data' gets a view: what is kept must be copied before the next read of any socket.
 */
export const readIntoOneBuffer = (socket: Socket, engine: Engine): EngineSocket => {
  const from = socket as unknown as Innards;
  // Of `handle` the types know but one kind.
  const handle = from._handle as SocketConstructorOpts['handle'];
  const own = new PlainSocket(engine, { handle, allowHalfOpen: true });
  (own as unknown as Innards)._server = from._server;
  from._handle = null;
  from._server = null;
  if (accepted.hasSubscribers) accepted.publish({ socket: own });
  return own;
};
