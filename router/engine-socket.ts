import { Socket, type SocketConstructorOpts } from 'node:net';
import { type Engine, type Log, SOCKET_HIGH_WATER_BYTES } from './engine.ts';
import { STREAM_BINDING as BINDING, type NativeStream } from './stream-binding.ts';
import { Wire } from './wire.ts';

/** Whoever takes what is read, instead of 'data'; a bug in it costs this socket. */
export interface Reader {
  /** So many bytes stand at the start of the engine's read buffer. */
  onRead(count: number): void;
}

/** A handle whose reads are told to its reader. */
type ReadHandle = NativeStream & { sluiceReader?: Reader; sluiceSocket?: EngineSocket };

/** Node's own way from the handle to the socket: it also tells of the end and of errors. */
let nodesOnRead: NativeStream['onread'] = () => undefined;

/** One function for all handles: one of each handle's own would have to be fetched for each read, with what it closes over. */
function onRead(this: ReadHandle, bytes?: ArrayBuffer): unknown {
  const count = BINDING?.streamBaseState[BINDING.kReadBytesOrError] ?? 0;
  const reader = this.sluiceReader;
  if (count <= 0 || reader === undefined) return nodesOnRead.call(this, bytes);
  try {
    reader.onRead(count);
  } catch (error) {
    this.sluiceSocket?.onBug(error);
  }
  return undefined;
}

/** A socket that reads into the engine's one buffer, and is used through its wire. */
export class EngineSocket extends Socket {
  readonly wire: Wire;
  readonly #log: Log;
  #reader: Reader | null = null;

  /** @param options what Node is told beside: the handle of a socket that was accepted, say */
  constructor({ readSpace, log }: Engine, options: SocketConstructorOpts & { readonly noDelay?: boolean }) {
    // `highWaterMark` works, but is missing in the types.
    const all: SocketConstructorOpts & { readonly highWaterMark: number } = {
      ...options,
      highWaterMark: SOCKET_HIGH_WATER_BYTES,
      onread: { buffer: readSpace, callback: count => this.#onRead(count, readSpace) },
    };
    super(all);
    this.#log = log;
    this.wire = new Wire(this);
  }

  /**
   * From now on `reader` is told what is read, and 'data' is not: its event and its view of the buffer cost as much as a
   * route's decision. The socket has a handle by now; it tells `reader` itself, past the stream.
   */
  readTo(reader: Reader): void {
    this.#reader = reader;
    const handle = (this as unknown as { readonly _handle: ReadHandle | null })._handle;
    if (BINDING === null || handle === null) return;
    handle.sluiceReader = reader;
    handle.sluiceSocket = this;
    // Who reads may change, once it shows what is spoken.
    if (handle.onread === onRead) return;
    nodesOnRead = handle.onread;
    handle.onread = onRead;
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
