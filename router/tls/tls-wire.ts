import type { Socket } from 'node:net';
import { SOCKET_HIGH_WATER_BYTES } from '../engine.ts';
import { handleOf } from '../handle-reads.ts';
import { STREAM_BINDING as BINDING, type NativeStream, type WriteRequest } from '../stream-binding.ts';
import { Wire } from '../wire.ts';
import type { ParentHandle } from './tls-binding.ts';

type TlsRequest = WriteRequest & { wire: TlsWire | null };

/** One function for all requests. */
function onComplete(this: TlsRequest, status: number): void {
  this.wire?.onWritten(status);
}

/**
 * The wire of a TLS connection, which takes one write at a time and says in a later turn that it is done, however
 * fast it was. What comes meanwhile waits here and goes as one; so pipelined answers share a record. A write is
 * encrypted while the call lasts: no copy of its bytes is needed.
 */
export class TlsWire extends Wire {
  readonly #socket: Socket;
  /** Whether the kernel keeps up is asked of the socket's own handle; null: it cannot be asked. */
  readonly #parent: ParentHandle | null;
  #handle: NativeStream | null = null;
  #request: TlsRequest | null = null;
  /** While the first one tells of its end Node still holds it: what is written then takes this one. */
  #other: TlsRequest | null = null;
  #isTelling = false;
  #isWriting = false;
  /** The kernel did not take all of what is being written. */
  #isSlow = false;
  #waiting: (string | Buffer)[] = [];
  #waitingBytes = 0;
  #owesDrain = false;
  #onIdle: (() => void) | null = null;

  constructor(socket: Socket, parent: ParentHandle | null) {
    super(socket);
    this.#socket = socket;
    this.#parent = parent;
  }

  override get isBlocked(): boolean {
    return this.#isSlow || this.#waitingBytes > SOCKET_HIGH_WATER_BYTES;
  }

  override get isEmpty(): boolean {
    return this.#waitingBytes === 0 && !this.#isSlow;
  }

  override close(): void {
    super.close();
    this.#handle = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  override text(text: string): void {
    const handle = this.#isWriting ? null : this.#openHandle();
    if (handle === null) this.#wait(text);
    else this.#settle(handle.writeLatin1String(this.#newRequest(), text));
  }

  override bytes(buffer: Buffer, start: number, end: number): void {
    const handle = this.#isWriting ? null : this.#openHandle();
    if (handle === null) this.#wait(Buffer.from(buffer.subarray(start, end)));
    else this.#settle(handle.writeBuffer(this.#newRequest(), buffer.subarray(start, end)));
  }

  /** Calls `done` once nothing is being written any more: only then may the connection be ended. */
  whenIdle(done: () => void): void {
    if (this.#isWriting) this.#onIdle = done;
    else done();
  }

  /** The write that was under way is done, or has failed. */
  onWritten(status: number): void {
    this.#isWriting = false;
    this.#isSlow = false;
    if (this.isClosed) return;
    if (status !== 0) {
      this.#socket.destroy();
      return;
    }
    this.#isTelling = true;
    if (this.#waiting.length > 0) this.#flush();
    if (this.#owesDrain && !this.isBlocked) {
      this.#owesDrain = false;
      this.#socket.emit('drain');
    }
    this.#isTelling = false;
    if (this.#isWriting || this.#onIdle === null) return;
    const done = this.#onIdle;
    this.#onIdle = null;
    done();
  }

  #openHandle(): NativeStream | null {
    if (this.#handle === null && !this.isClosed) this.#handle = handleOf(this.#socket);
    return this.#handle;
  }

  /** One for the whole connection, since one write is under way at a time. */
  #newRequest(): WriteRequest {
    if (this.#isTelling) [this.#request, this.#other] = [this.#other, this.#request];
    this.#request ??= this.#makeRequest();
    return this.#request;
  }

  #makeRequest(): TlsRequest {
    if (BINDING === null) throw new Error('a TLS wire without handles');
    const request = new BINDING.WriteWrap() as TlsRequest;
    request.wire = this;
    request.oncomplete = onComplete;
    return request;
  }

  #wait(data: string | Buffer): void {
    if (this.isClosed) return;
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (this.isBlocked) this.#owesDrain = true;
  }

  #flush(): void {
    const waiting = this.#waiting;
    const [first] = waiting;
    const handle = this.#openHandle();
    if (handle === null || first === undefined) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (waiting.length === 1 && typeof first === 'string') this.text(first);
    else {
      const all = Buffer.concat(
        waiting.map(data => (typeof data === 'string' ? Buffer.from(data, 'latin1') : data)),
      );
      this.bytes(all, 0, all.length);
    }
  }

  #settle(errno: number): void {
    if (errno !== 0) {
      this.#socket.destroy();
      return;
    }
    this.#isWriting = true;
    this.#isSlow = (this.#parent?.writeQueueSize ?? 0) > 0;
    if (this.#isSlow) this.#owesDrain = true;
  }
}
