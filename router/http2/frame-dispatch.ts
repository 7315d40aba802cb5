import type { Http2Connection } from './connection.ts';
import { ERROR_CODE, type ErrorCode } from './error-code.ts';
import { FLAG, FRAME, MAX_WINDOW, uint31At, uint32At } from './frame.ts';
import type { FrameHead, FrameSink } from './frame-reader.ts';
import { HeadersReader } from './headers-reader.ts';
import type { Http2Stream } from './stream.ts';

/** What each frame of the peer does to the connection and its streams (RFC 9113 6). */
export class FrameDispatch implements FrameSink {
  readonly #connection: Http2Connection;
  readonly #headers: HeadersReader;
  #hasSettings = false;
  /** Of the DATA frame that is being read; null where nobody wants it. */
  #dataStream: Http2Stream | null = null;
  #dataEndsStream = false;

  constructor(connection: Http2Connection) {
    this.#connection = connection;
    this.#headers = new HeadersReader(connection);
  }

  fault(code: ErrorCode, reason: string): void {
    this.#connection.fault(code, reason);
  }

  frame(head: FrameHead, buffer: Buffer, start: number, end: number): void {
    if (!this.#mayCome(head.type)) return;
    switch (head.type) {
      case FRAME.headers:
        this.#headers.headers(head, buffer, start, end);
        break;
      case FRAME.continuation:
        this.#headers.continuation(head, buffer, start, end);
        break;
      case FRAME.windowUpdate:
        this.#windowUpdate(head, buffer, start);
        break;
      case FRAME.resetStream:
        this.#resetStream(head, buffer, start);
        break;
      case FRAME.settings:
        this.#settings(head, buffer, start, end);
        break;
      case FRAME.ping:
        this.#ping(head, buffer, start);
        break;
      case FRAME.goAway:
        this.#goAway(head, buffer, start);
        break;
      case FRAME.priority:
        this.#priority(head);
        break;
      case FRAME.pushPromise:
        this.#connection.protocolFault('PUSH_PROMISE, which nobody has allowed');
        break;
      default:
        // ORIGIN, ALTSVC, PRIORITY_UPDATE and what is yet to be thought of (RFC 9113 5.5).
        this.#connection.idleFrame();
    }
  }

  dataHead({ length, type, flags, streamId }: FrameHead, padding: number): void {
    const connection = this.#connection;
    this.#dataStream = null;
    if (!this.#mayCome(type)) return;
    if (!connection.received(length)) {
      connection.fault(ERROR_CODE.flowControlError, 'DATA beyond the window of the connection');
      return;
    }
    const stream = connection.streams.get(streamId);
    if (stream === undefined) this.#strayData(streamId, length);
    else if (this.#takesData(stream, length, padding)) {
      this.#dataStream = stream;
      this.#dataEndsStream = (flags & FLAG.endStream) !== 0;
      if (length > padding) connection.floods.moved();
      else if (!this.#dataEndsStream) connection.idleFrame();
    }
  }

  dataBytes(buffer: Buffer, start: number, end: number, isLast: boolean): void {
    const stream = this.#dataStream;
    if (stream === null || stream.isClosed) return;
    const endsStream = isLast && this.#dataEndsStream;
    if (endsStream) {
      if (!stream.isAsLongAsSaid(true)) {
        this.#connection.streamFault(stream, ERROR_CODE.protocolError);
        return;
      }
      stream.peerEnded();
    }
    if (start < end || endsStream) this.#connection.events.onData(stream, buffer, start, end, endsStream);
    if (endsStream) stream.settle();
  }

  /** RFC 9113 3.4, 6.10: SETTINGS come first, and nothing within a header block. */
  #mayCome(type: number): boolean {
    if (!this.#hasSettings && type !== FRAME.settings) {
      this.#connection.protocolFault('the first frame is not SETTINGS');
    } else if (this.#headers.isWithinBlock && type !== FRAME.continuation) {
      this.#connection.protocolFault('a frame within a header block');
    }
    return !this.#connection.isDead;
  }

  /** Nobody reads it, so that it is credited at once; a reset may have crossed it. */
  #strayData(streamId: number, length: number): void {
    const connection = this.#connection;
    if (this.#isIdle(streamId)) connection.protocolFault('DATA on a stream that is not open');
    else {
      connection.credit(length);
      if (length === 0) connection.idleFrame();
    }
  }

  #takesData(stream: Http2Stream, length: number, padding: number): boolean {
    const connection = this.#connection;
    const isOpen = !stream.hasEnded;
    if (isOpen && stream.hasHead && stream.received(length, padding)) {
      if (stream.isAsLongAsSaid(false)) return true;
      connection.streamFault(stream, ERROR_CODE.protocolError);
      return false;
    }
    connection.credit(length);
    if (!isOpen) connection.streamFault(stream, ERROR_CODE.streamClosed);
    else if (!stream.hasHead) connection.streamFault(stream, ERROR_CODE.protocolError);
    else connection.streamFault(stream, ERROR_CODE.flowControlError);
    return false;
  }

  #isIdle(streamId: number): boolean {
    return streamId === 0 || this.#connection.streams.isIdle(streamId, this.#connection.isOwn(streamId));
  }

  #hasLength(head: FrameHead, length: number): boolean {
    if (head.length === length) return true;
    this.fault(ERROR_CODE.frameSizeError, 'a frame is not as long as its type');
    return false;
  }

  #resetStream(head: FrameHead, buffer: Buffer, start: number): void {
    if (!this.#hasLength(head, 4)) return;
    if (this.#isIdle(head.streamId)) {
      this.#connection.protocolFault('RST_STREAM on a stream that is not open');
      return;
    }
    this.#connection.resetByPeer(this.#connection.streams.get(head.streamId), uint32At(buffer, start));
  }

  #windowUpdate(head: FrameHead, buffer: Buffer, start: number): void {
    const connection = this.#connection;
    if (!this.#hasLength(head, 4) || !connection.idleFrame()) return;
    const bytes = uint31At(buffer, start);
    if (head.streamId === 0) this.#widenConnection(bytes);
    else if (this.#isIdle(head.streamId)) {
      connection.protocolFault('WINDOW_UPDATE on a stream that is not open');
    } else this.#widenStream(connection.streams.get(head.streamId), bytes);
  }

  #widenConnection(bytes: number): void {
    const connection = this.#connection;
    connection.outgoing.window += bytes;
    if (bytes === 0) connection.protocolFault('WINDOW_UPDATE of nothing');
    else if (connection.outgoing.window > MAX_WINDOW) {
      connection.fault(ERROR_CODE.flowControlError, 'the window of the connection becomes too large');
    } else connection.sendQueued();
  }

  #widenStream(stream: Http2Stream | undefined, bytes: number): void {
    if (stream === undefined) return;
    if (bytes === 0) this.#connection.streamFault(stream, ERROR_CODE.protocolError);
    else if (!stream.widen(bytes)) this.#connection.streamFault(stream, ERROR_CODE.flowControlError);
    else if (stream.isBlocked) this.#connection.sendQueued();
  }

  #settings(head: FrameHead, buffer: Buffer, start: number, end: number): void {
    const connection = this.#connection;
    const isAck = (head.flags & FLAG.ack) !== 0;
    if (head.streamId !== 0) connection.protocolFault('SETTINGS on a stream');
    else if (isAck ? head.length !== 0 : head.length % 6 !== 0) {
      this.fault(ERROR_CODE.frameSizeError, 'SETTINGS are not as long as their entries');
    } else if (!this.#hasSettings && isAck) connection.protocolFault('the first frame is an acknowledgement');
    else if (!connection.floods.maySettle()) {
      this.fault(ERROR_CODE.enhanceYourCalm, 'too many SETTINGS');
    } else if (isAck) connection.settingsAcknowledged();
    else {
      this.#hasSettings = true;
      connection.takeSettings(buffer, start, end);
    }
  }

  #ping(head: FrameHead, buffer: Buffer, start: number): void {
    const connection = this.#connection;
    if (!this.#hasLength(head, 8)) return;
    if (head.streamId !== 0) connection.protocolFault('PING on a stream');
    else if ((head.flags & FLAG.ack) !== 0) {
      if (connection.idleFrame()) connection.pingAcknowledged(buffer, start);
    } else {
      connection.outgoing.ping(FLAG.ack, buffer, start);
      connection.idleFrame();
    }
  }

  #goAway(head: FrameHead, buffer: Buffer, start: number): void {
    const connection = this.#connection;
    if (head.streamId !== 0) connection.protocolFault('GOAWAY on a stream');
    else if (head.length < 8) this.fault(ERROR_CODE.frameSizeError, 'GOAWAY is too short');
    else if (connection.idleFrame()) {
      connection.peerGoesAway(uint31At(buffer, start), uint32At(buffer, start + 4));
    }
  }

  /** RFC 9113 5.3.2: of priorities only the form is looked at. */
  #priority(head: FrameHead): void {
    const connection = this.#connection;
    const stream = connection.streams.get(head.streamId);
    if (head.streamId === 0) connection.protocolFault('PRIORITY without a stream');
    else if (head.length !== 5 && stream !== undefined) {
      connection.streamFault(stream, ERROR_CODE.frameSizeError);
    } else connection.idleFrame();
  }
}
