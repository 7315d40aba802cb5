import type { Socket } from 'node:net';
import { STREAM_BINDING as BINDING, type NativeStream } from './stream-binding.ts';

const COPY_BYTES = 65_536;

/** Buffers for bytes on their way out. One is back at once unless the peer is slow, so a handful serves all sockets. */
const spares: Buffer[] = [];
const MAX_SPARES = 16;

const giveBack = (copy: Buffer): void => {
  if (spares.length < MAX_SPARES) spares.push(copy);
};

/** A write that is done when the call returns leaves its request as it was: one serves them all. */
let request = BINDING === null ? null : new BINDING.WriteWrap();

/**
 * A socket as the data path uses it, all it needs of it in one object: Node's socket is some kilobytes in a dozen
 * objects, and with a thousand connections each that is looked at has to be fetched (docs/performance.md).
 *
 * It writes to the socket's handle, as the stream would after some twenty calls of its own: those cost as much as
 * reading a head. Bytes that the kernel does not take at once are libuv's, in their order; until they have gone the
 * stream takes what follows, so that `writableLength` and 'drain' hold. Nobody else writes to the socket.
 */
export class Wire {
  readonly #socket: Socket;
  /** Set while the socket is open and its stream holds nothing: what is written goes there. */
  #handle: NativeStream | null = null;
  #isQueued = false;
  #isClosed = false;
  /** Null: as Node has it at the start. */
  #isPaused: boolean | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** True from the moment at which the socket was destroyed: its 'close' comes later. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** True while bytes wait and no more should come. */
  get isBlocked(): boolean {
    return (
      this.#isQueued ||
      (this.#handle === null && this.#socket.writableNeedDrain && this.#socket.writableLength > 0)
    );
  }

  /** True once all bytes are the kernel's. */
  get isEmpty(): boolean {
    return !this.#isQueued && (this.#handle !== null || this.#socket.writableLength === 0);
  }

  /** The socket is destroyed, or about to be. */
  close(): void {
    this.#isClosed = true;
    this.#handle = null;
  }

  /** Back-pressure: while `isFull`, the peer waits. Nobody else pauses or resumes the socket. */
  readUnless(isFull: boolean): void {
    if (isFull === this.#isPaused) return;
    this.#isPaused = isFull;
    if (isFull) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Writes a byte string. */
  text(text: string): void {
    const handle = this.#directHandle();
    if (handle === null || request === null) this.#stream(text);
    else this.#settle(handle.writeLatin1String(request, text), null);
  }

  /** Writes buffer[start, end), which may be written over afterwards. */
  bytes(buffer: Buffer, start: number, end: number): void {
    const length = end - start;
    const handle = length <= COPY_BYTES ? this.#directHandle() : null;
    if (handle === null || request === null) {
      this.#stream(Buffer.from(buffer.subarray(start, end)));
      return;
    }
    // What is not sent at once goes on being read from the same memory.
    const copy = spares.pop() ?? Buffer.allocUnsafeSlow(COPY_BYTES);
    buffer.copy(copy, 0, start, end);
    this.#settle(handle.writeBuffer(request, length === COPY_BYTES ? copy : copy.subarray(0, length)), copy);
  }

  #stream(data: string | Buffer): void {
    this.#handle = null;
    this.#socket.write(data, 'latin1');
  }

  /** Null where the stream has to do it: it holds bytes that come first, or it is not open. */
  #directHandle(): NativeStream | null {
    return this.#isQueued ? null : (this.#handle ?? this.#openHandle());
  }

  #openHandle(): NativeStream | null {
    const socket = this.#socket;
    const isReady = !this.#isClosed && socket.writableLength === 0 && socket.writable && !socket.connecting;
    if (isReady) this.#handle = (socket as unknown as { readonly _handle: NativeStream | null })._handle;
    return this.#handle;
  }

  #settle(errno: number, copy: Buffer | null): void {
    if (errno !== 0) {
      if (copy !== null) giveBack(copy);
      this.#socket.destroy();
      return;
    }
    if (BINDING === null || request === null) return;
    if (BINDING.streamBaseState[BINDING.kLastWriteWasAsync] === 0) {
      if (copy !== null) giveBack(copy);
      return;
    }
    // libuv has the request now, until it is complete.
    const queued = request;
    request = new BINDING.WriteWrap();
    queued.buffer = copy;
    this.#isQueued = true;
    queued.oncomplete = status => {
      this.#isQueued = false;
      queued.buffer = null;
      if (copy !== null) giveBack(copy);
      if (status !== 0) this.#socket.destroy();
      else if (!this.#socket.writableNeedDrain) this.#socket.emit('drain');
    };
  }
}
