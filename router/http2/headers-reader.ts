import type { Http2Connection } from './connection.ts';
import { ERROR_CODE } from './error-code.ts';
import { FLAG } from './frame.ts';
import type { FrameHead } from './frame-reader.ts';
import { HeaderBlock } from './header-block.ts';
import { FieldSection, type SectionLimits } from './hpack/field-section.ts';
import { HEADER_KIND } from './hpack/header-field.ts';
import { HpackDecoder } from './hpack/hpack-decoder.ts';
import type { Http2Stream } from './stream.ts';
import { areTrailers } from './trailer-lines.ts';

/** Where a section's fields stand: one for all connections of a process, since it is good during a call only. */
const section = new FieldSection();

/** Weight and dependency, which mean nothing any more (RFC 9113 5.3.2). */
const PRIORITY_BYTES = 5;

/** The status of an answer's fields as far as framing goes; 0 where there is none. */
const statusOf = (fields: FieldSection): number => {
  const first = fields.at(0);
  return first?.kind === HEADER_KIND.status && /^[1-9][0-9]{2}$/.test(first.value) ? Number(first.value) : 0;
};

/** HEADERS and CONTINUATION: header blocks, and which part of which stream they are (RFC 9113 6.2, 8.1). */
export class HeadersReader {
  readonly #connection: Http2Connection;
  readonly #decoder = new HpackDecoder();
  readonly #block: HeaderBlock;
  readonly #limits: SectionLimits;

  constructor(connection: Http2Connection) {
    this.#connection = connection;
    const { maxHeaderBytes, maxFields } = connection.options;
    this.#limits = { maxBytes: maxHeaderBytes, maxFields };
    this.#block = new HeaderBlock(maxHeaderBytes * 2);
  }

  /** True while only a CONTINUATION may come. */
  get isWithinBlock(): boolean {
    return this.#block.isOpen;
  }

  headers({ flags, streamId }: FrameHead, buffer: Buffer, start: number, end: number): void {
    let from = start;
    let to = end;
    if ((flags & FLAG.padded) !== 0) {
      to -= buffer[from] ?? 0;
      from += 1;
    }
    if ((flags & FLAG.priority) !== 0) from += PRIORITY_BYTES;
    if (from > to || streamId === 0) {
      this.#connection.protocolFault('HEADERS without a stream, or padded beyond their end');
      return;
    }
    const endsStream = (flags & FLAG.endStream) !== 0;
    if ((flags & FLAG.endHeaders) !== 0) {
      this.#decode(streamId, endsStream, buffer, from, to);
      return;
    }
    this.#block.begin(streamId, endsStream);
    this.#append(buffer, from, to);
  }

  continuation({ flags, streamId }: FrameHead, buffer: Buffer, start: number, end: number): void {
    const block = this.#block;
    if (!block.isOpen || block.streamId !== streamId) {
      this.#connection.protocolFault('CONTINUATION without HEADERS');
      return;
    }
    if (!block.goesOn()) {
      this.#connection.fault(ERROR_CODE.enhanceYourCalm, 'too many CONTINUATION frames');
      return;
    }
    if (!this.#append(buffer, start, end) || (flags & FLAG.endHeaders) === 0) return;
    const { bytes, length, endsStream } = block;
    block.close();
    this.#decode(streamId, endsStream, bytes, 0, length);
  }

  #append(buffer: Buffer, start: number, end: number): boolean {
    if (this.#block.append(buffer, start, end)) return true;
    this.#connection.fault(ERROR_CODE.enhanceYourCalm, 'a header block is too large');
    return false;
  }

  #decode(streamId: number, endsStream: boolean, buffer: Buffer, start: number, end: number): void {
    section.begin(this.#limits);
    if (!this.#decoder.decode(buffer, start, end, section)) {
      this.#connection.fault(ERROR_CODE.compressionError, 'a header block cannot be decoded');
      return;
    }
    const stream = this.#connection.streams.get(streamId);
    if (stream !== undefined) this.#later(stream, endsStream);
    else if (this.#connection.isServer) this.#request(streamId, endsStream);
    else this.#stray(streamId);
  }

  /** The head of a request. */
  #request(streamId: number, endsStream: boolean): void {
    const connection = this.#connection;
    if (connection.isOwn(streamId) || !connection.streams.isIdle(streamId, false)) {
      this.#stray(streamId);
      return;
    }
    connection.streams.lastPeerId = streamId;
    connection.floods.opened();
    if (connection.refusesStreams || connection.streams.count >= connection.options.maxStreams) {
      connection.refuse(streamId, ERROR_CODE.refusedStream);
      return;
    }
    const { contentLength } = section;
    if (contentLength === -2 || (endsStream && contentLength > 0)) {
      connection.refuse(streamId, ERROR_CODE.protocolError);
      return;
    }
    const stream = connection.newStream(streamId);
    stream.hasHead = true;
    stream.expectedBytes = contentLength;
    this.#tell(stream, 'head', endsStream);
  }

  /** HEADERS on a stream that is open: an answer, or trailers. */
  #later(stream: Http2Stream, endsStream: boolean): void {
    if (stream.hasEnded) this.#connection.streamFault(stream, ERROR_CODE.streamClosed);
    else if (!stream.hasHead) this.#answer(stream, endsStream);
    else if (!endsStream || !stream.isAsLongAsSaid(true) || !areTrailers(section)) this.#malformed(stream);
    else this.#tell(stream, 'trailers', true);
  }

  #answer(stream: Http2Stream, endsStream: boolean): void {
    const status = statusOf(section);
    const isInterim = status >= 100 && status < 200;
    if (isInterim && endsStream) {
      this.#malformed(stream);
      return;
    }
    if (!isInterim) {
      stream.hasHead = true;
      const hasNoBody = stream.isHeadRequest || status === 204 || status === 304;
      stream.expectedBytes = hasNoBody ? 0 : section.contentLength;
      if (section.contentLength === -2 || (endsStream && stream.expectedBytes > 0)) {
        this.#malformed(stream);
        return;
      }
    }
    this.#tell(stream, 'head', endsStream);
  }

  #malformed(stream: Http2Stream): void {
    this.#connection.streamFault(stream, ERROR_CODE.protocolError);
  }

  #tell(stream: Http2Stream, kind: 'head' | 'trailers', endsStream: boolean): void {
    if (endsStream) stream.peerEnded();
    this.#connection.events.onHeaders(stream, section, kind, endsStream);
    if (endsStream) stream.settle();
  }

  /** HEADERS of a stream that is none: no fault where we have reset it and the peer may not know (RFC 9113 5.1). */
  #stray(streamId: number): void {
    const { streams } = this.#connection;
    if (streams.wasReset(streamId)) this.#connection.idleFrame();
    else if (streams.isIdle(streamId, this.#connection.isOwn(streamId))) {
      this.#connection.protocolFault('HEADERS on a stream that the peer may not open');
    } else this.#connection.fault(ERROR_CODE.streamClosed, 'HEADERS on a stream that has ended');
  }
}
