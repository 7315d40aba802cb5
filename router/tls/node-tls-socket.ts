import type { TLSSocket } from 'node:tls';
import type { Engine } from '../engine.ts';
import type { EngineSocket, Reader } from '../engine-socket.ts';
import { handleOf, readFromHandle } from '../handle-reads.ts';
import { STREAM_BINDING } from '../stream-binding.ts';
import { Wire } from '../wire.ts';
import type { TlsHandle } from './tls-binding.ts';
import { TlsWire } from './tls-wire.ts';

/** A TLSSocket of Node's own making, as the engine uses sockets. */
export type NodeTlsSocket = TLSSocket & EngineSocket;

/** Who reads a socket that Node fills the engine's buffer for. */
export type ReaderPlace = { reader: Reader | null };

/**
 * Gives a TLSSocket what the data path uses: its wire, and reads past the stream. `place`: who is told of what Node
 * reads into the engine's buffer where this Node's handles do not tell it; null: Node reads into buffers of its own.
 */
export const asEngineSocket = (
  socket: TLSSocket,
  engine: Engine,
  place: ReaderPlace | null,
): NodeTlsSocket => {
  const parent = (handleOf(socket) as TlsHandle | null)?._parent ?? null;
  const wire = STREAM_BINDING === null ? new Wire(socket) : new TlsWire(socket, parent);
  const destroy = socket._destroy.bind(socket);
  const final = socket._final.bind(socket);
  const own: NodeTlsSocket = Object.assign(socket, {
    wire,
    readTo: (reader: Reader): void => {
      if (place === null) socket.on('data', (bytes: Buffer) => readCopy(own, engine, reader, bytes));
      else {
        place.reader = reader;
        readFromHandle(own, reader);
      }
    },
    onBug: (error: unknown): void => {
      engine.log('a bug in the data path', error);
      socket.destroy();
    },
    _destroy: (error: Error | null, done: (error?: Error | null) => void): void => {
      wire.close();
      destroy(error, done);
    },
    _final: (done: (error?: Error | null) => void): void => {
      if (wire instanceof TlsWire) wire.whenIdle(() => final(done));
      else final(done);
    },
    // Node's own knows handles of TCP alone; without the notice that TLS ends with, an end is as good as a reset.
    resetAndDestroy: () => socket.destroy(),
  });
  return own;
};

/** What was read elsewhere goes through the engine's buffer, as all readers expect it. */
const readCopy = (
  socket: EngineSocket,
  { readBuffer, readSpace }: Engine,
  reader: Reader,
  bytes: Buffer,
): void => {
  try {
    for (let at = 0; at < bytes.length && !socket.destroyed; at += readSpace.length) {
      reader.onRead(bytes.copy(readBuffer, 0, at, Math.min(bytes.length, at + readSpace.length)));
    }
  } catch (error) {
    socket.onBug(error);
  }
};
