import { Http2Connection } from './connection.ts';
import { ERROR_CODE } from './error-code.ts';
import { CLIENT_PREFACE, DEFAULT_WINDOW, SETTING } from './frame.ts';
import { FrameDispatch } from './frame-dispatch.ts';
import { FrameReader } from './frame-reader.ts';
import type { WriteBytes } from './output.ts';
import type { Http2Events, SessionOptions } from './session-events.ts';
import type { Http2Stream } from './stream.ts';

/**
 * One HTTP/2 connection, in either role: bytes in, calls out, and frames that wait until they are flushed (RFC 9113).
 * It knows no sockets, no timers and no log. Flush once after making it: the preface waits; and flush only while
 * the peer takes what is written, since what waits here is bounded and what a socket holds is not.
 */
export class Http2Session {
  readonly #connection: Http2Connection;
  readonly #reader: FrameReader;
  /** How much of the client's preface has come. */
  #prefaceLength: number;

  constructor(options: SessionOptions, events: Http2Events) {
    this.#connection = new Http2Connection(options, events, () => this.#reader.stop());
    this.#reader = new FrameReader(new FrameDispatch(this.#connection));
    this.#prefaceLength = options.role === 'server' ? 0 : CLIENT_PREFACE.length;
    this.#greet(options);
  }

  /** Bytes that wait for a flush. */
  get pendingOutput(): number {
    return this.#connection.outgoing.pending;
  }

  /** Streams that are not over in both directions. */
  get openStreams(): number {
    return this.#connection.streams.count;
  }

  /** True once a shutdown has told the peer its last stream and all have ended: after a flush the connection can be closed. */
  get isDrained(): boolean {
    return this.#connection.isDrained;
  }

  /** Client role: true while `request` would send one. */
  get mayRequest(): boolean {
    return this.#connection.mayRequest;
  }

  /** The streams that are open, as when the connection is lost. */
  streams(): IterableIterator<Http2Stream> {
    return this.#connection.streams.all();
  }

  /** Takes what was read, buffer[start, end), and keeps nothing of it. */
  receive(buffer: Buffer, start: number, end: number): void {
    const at = this.#prefaceLength === CLIENT_PREFACE.length ? start : this.#readPreface(buffer, start, end);
    if (at < end) this.#reader.receive(buffer, at, end);
  }

  /** Hands over all that waits. */
  flush(write: WriteBytes): void {
    this.#connection.outgoing.flush(write);
  }

  /** Lets the peer know that no new streams are wanted, and finishes what runs; see `isDrained`. */
  shutdown(): void {
    this.#connection.shutdown();
  }

  /** The connection is about to be closed: tells the peer its last stream, without waiting for anything; `flush` follows. */
  close(): void {
    this.#connection.sayLast();
  }

  /** Client role: sends a request's head, HTTP/1.1 text with its empty line. Null while the peer takes no more. */
  request(head: string, scheme: 'http' | 'https', endsStream: boolean): Http2Stream | null {
    const connection = this.#connection;
    if (!connection.mayRequest) return null;
    const id = connection.streams.lastOwnId === 0 ? 1 : connection.streams.lastOwnId + 2;
    connection.streams.lastOwnId = id;
    connection.floods.opened();
    const stream = connection.newStream(id);
    stream.sendRequest(head, scheme, endsStream);
    return stream;
  }

  #greet({
    role,
    maxStreams,
    maxHeaderBytes,
    streamWindow,
    connectionWindow,
    enableConnect,
  }: SessionOptions): void {
    const { outgoing } = this.#connection;
    const settings: (readonly [id: number, value: number])[] = [
      [SETTING.initialWindowSize, streamWindow],
      [SETTING.maxHeaderListSize, maxHeaderBytes],
    ];
    if (role === 'client') {
      outgoing.bytes(CLIENT_PREFACE);
      settings.push([SETTING.enablePush, 0]);
    } else {
      settings.push([SETTING.maxConcurrentStreams, maxStreams]);
      if (enableConnect) settings.push([SETTING.enableConnectProtocol, 1]);
    }
    outgoing.settings(settings);
    if (connectionWindow > DEFAULT_WINDOW) outgoing.windowUpdate(0, connectionWindow - DEFAULT_WINDOW);
  }

  /** Returns where the preface ends in these bytes. */
  #readPreface(buffer: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.#prefaceLength < CLIENT_PREFACE.length) {
      if (buffer[at] !== CLIENT_PREFACE[this.#prefaceLength]) {
        this.#connection.fault(ERROR_CODE.protocolError, 'the connection does not begin with the preface');
        return end;
      }
      this.#prefaceLength += 1;
      at += 1;
    }
    return at;
  }
}
