import type { ErrorCode } from './error-code.ts';
import type { FieldSection } from './hpack/field-section.ts';
import type { Http2Stream } from './stream.ts';

/** What a session tells its owner. None of these may call `receive`. */
export interface Http2Events {
  /** A field section is complete, good during the call only: a request's head (server), an answer's, 1xx included (client), or trailers. */
  onHeaders(stream: Http2Stream, fields: FieldSection, kind: 'head' | 'trailers', endsStream: boolean): void;
  /** Good during the call only. Nothing is credited until `stream.consume`. */
  onData(stream: Http2Stream, buffer: Buffer, start: number, end: number, endsStream: boolean): void;
  /** The peer has reset it, or the session has for a fault of the peer's. It is over in both directions. */
  onReset(stream: Http2Stream, code: ErrorCode, byPeer: boolean): void;
  /** What waited for a window has gone into the output: more may be written. */
  onWritable(stream: Http2Stream): void;
  /** The first bytes since the last flush wait: `flush` is to be called, best when all that was read has been taken. */
  onOutput(): void;
  /** The peer's GOAWAY. In the client role the streams that it will not process have had `onReset` with REFUSED_STREAM before. */
  onGoAway(lastStreamId: number, code: ErrorCode): void;
  /** The connection is over, for a fault or a flood: GOAWAY is in the output, and after a flush it is to be closed. No further call comes, none for its streams. */
  onFault(code: ErrorCode, reason: string): void;
}

export type SessionOptions = {
  readonly role: 'server' | 'client';
  /** Streams that the peer may have open at a time. */
  readonly maxStreams: number;
  /** Of a decoded field section, as RFC 9113 6.5.2 counts. */
  readonly maxHeaderBytes: number;
  readonly maxFields: number;
  /** What the peer may send of a stream, and of all, before anything is consumed. */
  readonly streamWindow: number;
  readonly connectionWindow: number;
  /** Server role: RFC 8441's extended CONNECT is offered. */
  readonly enableConnect: boolean;
  /** Milliseconds, on any clock that only goes forward. */
  readonly now: () => number;
};
