import { Socket, type SocketConstructorOpts } from 'node:net';
import { type Engine, type Log, SOCKET_HIGH_WATER_BYTES } from './engine.ts';
import type { EngineSocket, Reader } from './engine-socket.ts';
import { readFromHandle } from './handle-reads.ts';
import { Wire } from './wire.ts';

const plainWire = (socket: Socket): Wire => new Wire(socket);

/** A socket of the engine, in clear. */
export class PlainSocket extends Socket implements EngineSocket {
  readonly wire: Wire;
  readonly #log: Log;
  #reader: Reader | null = null;

  /** @param options what Node is told beside: the handle of a socket that was accepted, say */
  constructor(
    { readSpace, log }: Engine,
    options: SocketConstructorOpts & { readonly noDelay?: boolean },
    wireOf = plainWire,
  ) {
    // `highWaterMark` works, but is missing in the types.
    const all: SocketConstructorOpts & { readonly highWaterMark: number } = {
      ...options,
      highWaterMark: SOCKET_HIGH_WATER_BYTES,
      onread: { buffer: readSpace, callback: count => this.#onRead(count, readSpace) },
    };
    super(all);
    this.#log = log;
    this.wire = wireOf(this);
  }

  readTo(reader: Reader): void {
    this.#reader = reader;
    readFromHandle(this, reader);
  }

  onBug(error: unknown): void {
    this.#log('a bug in the data path', error);
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.wire.close();
    super._destroy(error, done);
  }

  #onRead(count: number, readSpace: Buffer): boolean {
    try {
      if (this.#reader === null) this.emit('data', readSpace.subarray(0, count));
      else this.#reader.onRead(count);
    } catch (error) {
      this.onBug(error);
    }
    return true;
  }
}
