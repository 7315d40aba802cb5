import type { Socket } from 'node:net';
import type { Wire } from './wire.ts';

/** Whoever takes what is read, instead of 'data'; a bug in it costs this socket. */
export interface Reader {
  /** So many bytes stand at the start of the engine's read buffer. */
  onRead(count: number): void;
}

/** A socket that reads into the engine's one buffer, and is used through its wire: in clear (`PlainSocket`) or TLS (`router/tls`). */
export interface EngineSocket extends Socket {
  readonly wire: Wire;
  /**
   * From now on `reader` is told what is read, and 'data' is not: its event and its view of the buffer cost as much as a
   * route's decision. The socket has a handle by now; it tells `reader` itself, past the stream.
   */
  readTo(reader: Reader): void;
  onBug(error: unknown): void;
}
