import type { Socket } from 'node:net';

/** A write that libuv could not finish at once: it tells of its end, and keeps its bytes alive until then. */
type WriteRequest = { oncomplete: (status: number) => void; buffer: Buffer | null };

/** The part of a socket's handle that writes; 0 or a negative errno. */
type NativeStream = {
  writeLatin1String(request: WriteRequest, text: string): number;
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
};

type StreamWrap = {
  readonly WriteWrap: new () => WriteRequest;
  /** What the last call on any handle said of itself. */
  readonly streamBaseState: { readonly [slot: number]: number };
  readonly kLastWriteWasAsync: number;
};

const binding = (process as unknown as { readonly binding?: (name: string) => unknown }).binding;

/** Null where this Node has no such binding any more: then all goes through the stream. */
const wrap = ((): StreamWrap | null => {
  try {
    const found = binding?.('stream_wrap') as Partial<StreamWrap> | undefined;
    const isWhole =
      found?.WriteWrap !== undefined &&
      found.streamBaseState !== undefined &&
      found.kLastWriteWasAsync !== undefined;
    return isWhole ? (found as StreamWrap) : null;
  } catch {
    return null;
  }
})();

const COPY_BYTES = 65_536;

/** Buffers for bytes on their way out. One is back at once unless the peer is slow, so a handful serves all sockets. */
const spares: Buffer[] = [];
const MAX_SPARES = 16;

const giveBack = (copy: Buffer): void => {
  if (spares.length < MAX_SPARES) spares.push(copy);
};

/** A write that is done when the call returns leaves its request as it was: one serves them all. */
let request = wrap === null ? null : new wrap.WriteWrap();

/**
 * Writes to a socket's handle, as the stream would after some twenty calls of its own: those cost as much as
 * reading a head (docs/performance.md). Bytes that the kernel does not take at once are libuv's, in their order;
 * until they have gone the stream takes what follows, so that `writableLength` and 'drain' hold.
 */
export class SocketWriter {
  readonly #socket: Socket;
  #isQueued = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** True while bytes wait and no more should come. */
  get isBlocked(): boolean {
    return this.#isQueued || (this.#socket.writableNeedDrain && this.#socket.writableLength > 0);
  }

  /** True once all bytes are the kernel's. */
  get isEmpty(): boolean {
    return !this.#isQueued && this.#socket.writableLength === 0;
  }

  /** Writes a byte string. */
  text(text: string): void {
    const handle = this.#directHandle();
    if (handle === null || request === null) this.#socket.write(text, 'latin1');
    else this.#settle(handle.writeLatin1String(request, text), null);
  }

  /** Writes buffer[start, end), which may be written over afterwards. */
  bytes(buffer: Buffer, start: number, end: number): void {
    const length = end - start;
    const handle = length <= COPY_BYTES ? this.#directHandle() : null;
    if (handle === null || request === null) {
      this.#socket.write(Buffer.from(buffer.subarray(start, end)));
      return;
    }
    // What is not sent at once goes on being read from the same memory.
    const copy = spares.pop() ?? Buffer.allocUnsafeSlow(COPY_BYTES);
    buffer.copy(copy, 0, start, end);
    this.#settle(handle.writeBuffer(request, length === COPY_BYTES ? copy : copy.subarray(0, length)), copy);
  }

  /** Null where the stream has to do it: it holds bytes that come first, or it is not open. */
  #directHandle(): NativeStream | null {
    const socket = this.#socket;
    if (this.#isQueued || socket.writableLength !== 0 || !socket.writable || socket.connecting) return null;
    return (socket as unknown as { readonly _handle: NativeStream | null })._handle;
  }

  #settle(errno: number, copy: Buffer | null): void {
    if (errno !== 0) {
      if (copy !== null) giveBack(copy);
      this.#socket.destroy();
      return;
    }
    if (wrap === null || request === null) return;
    if (wrap.streamBaseState[wrap.kLastWriteWasAsync] === 0) {
      if (copy !== null) giveBack(copy);
      return;
    }
    // libuv has the request now, until it is complete.
    const queued = request;
    request = new wrap.WriteWrap();
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
