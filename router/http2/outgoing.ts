import type { ErrorCode } from './error-code.ts';
import { DEFAULT_WINDOW, FLAG, FRAME, FRAME_HEAD_BYTES, MAX_FRAME_BYTES } from './frame.ts';
import { HpackEncoder } from './hpack/hpack-encoder.ts';
import { Output, type WriteBytes } from './output.ts';

/** Room for a block's own fields; its encoder makes the rest. */
const BLOCK_BYTES = 128;

/** Frames as they are written, and what the peer lets us send. Nobody here asks whether a window allows it. */
export class Outgoing {
  /** What the connection's window still allows. */
  window = DEFAULT_WINDOW;
  /** What a new stream's window begins with. */
  initialWindow = DEFAULT_WINDOW;
  /** Answers to the peer's frames that wait: a peer which asks and does not read is told off. */
  controlFrames = 0;
  /** DATA frames so far: each may be answered by WINDOW_UPDATEs. */
  dataFrames = 0;
  readonly #output = new Output();
  readonly #encoder = new HpackEncoder();
  readonly #onOutput: () => void;
  /** True from the first bytes on until a flush. What is there at the start is flushed without a call. */
  #isTold = true;

  constructor(onOutput: () => void) {
    this.#onOutput = onOutput;
  }

  get pending(): number {
    return this.#output.length;
  }

  flush(write: WriteBytes): void {
    this.controlFrames = 0;
    this.#isTold = false;
    this.#output.flush(write);
  }

  bytes(bytes: Buffer): void {
    this.#output.reserve(bytes.length);
    bytes.copy(this.#output.bytes, this.#output.length);
    this.#output.length += bytes.length;
    this.#tell();
  }

  /** An answer's head; with status -1 trailers. */
  answer(streamId: number, status: number, lines: string, endsStream: boolean): void {
    const start = this.#beginHeaders(streamId, lines.length, endsStream);
    this.#encoder.answer(this.#output, status, lines);
    this.#endHeaders(start, streamId);
  }

  /** A request's head, with its empty line. */
  request(streamId: number, head: string, scheme: 'http' | 'https', endsStream: boolean): void {
    const start = this.#beginHeaders(streamId, head.length, endsStream);
    this.#encoder.request(this.#output, head, scheme);
    this.#endHeaders(start, streamId);
  }

  /** DATA of buffer[start, end), in as many frames as it takes. */
  data(streamId: number, buffer: Buffer, start: number, end: number): void {
    const output = this.#output;
    output.reserve(end - start + (Math.trunc((end - start) / MAX_FRAME_BYTES) + 1) * FRAME_HEAD_BYTES);
    for (let at = start; at < end; ) {
      const length = Math.min(end - at, MAX_FRAME_BYTES);
      const frameStart = output.length;
      output.frameHead(length, FRAME.data, FLAG.none, streamId);
      buffer.copy(output.bytes, output.length, at, at + length);
      output.length += length;
      output.mayEndAt(frameStart, streamId);
      this.dataFrames += 1;
      at += length;
    }
    this.window -= end - start;
    this.#tell();
  }

  /** One DATA frame of a byte string that fits in it. */
  text(streamId: number, text: string): void {
    const output = this.#output;
    output.reserve(text.length + FRAME_HEAD_BYTES);
    const frameStart = output.length;
    output.frameHead(text.length, FRAME.data, FLAG.none, streamId);
    output.length += output.bytes.write(text, output.length, 'latin1');
    output.mayEndAt(frameStart, streamId);
    this.dataFrames += 1;
    this.window -= text.length;
    this.#tell();
  }

  /** END_STREAM. */
  end(streamId: number): void {
    if (this.#output.endInPlace(streamId)) return;
    this.#frame(FRAME.data, FLAG.endStream, streamId, 0);
    this.#tell();
  }

  reset(streamId: number, code: ErrorCode): void {
    this.#frame(FRAME.resetStream, FLAG.none, streamId, 4);
    this.#output.uint32(code);
    this.#tell();
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.#frame(FRAME.windowUpdate, FLAG.none, streamId, 4);
    this.#output.uint32(bytes);
    this.#tell();
  }

  goAway(lastStreamId: number, code: ErrorCode): void {
    this.#frame(FRAME.goAway, FLAG.none, 0, 8);
    this.#output.uint32(lastStreamId);
    this.#output.uint32(code);
    this.#tell();
  }

  /** The eight bytes stand at payload[start]. */
  ping(flags: number, payload: Buffer, start: number): void {
    if (flags === FLAG.ack) this.controlFrames += 1;
    this.#frame(FRAME.ping, flags, 0, 8);
    payload.copy(this.#output.bytes, this.#output.length, start, start + 8);
    this.#output.length += 8;
    this.#tell();
  }

  settings(entries: readonly (readonly [id: number, value: number])[]): void {
    this.#frame(FRAME.settings, FLAG.none, 0, entries.length * 6);
    for (const [id, value] of entries) {
      this.#output.bytes[this.#output.length] = id >>> 8;
      this.#output.bytes[this.#output.length + 1] = id;
      this.#output.length += 2;
      this.#output.uint32(value);
    }
    this.#tell();
  }

  settingsAck(): void {
    this.controlFrames += 1;
    this.#frame(FRAME.settings, FLAG.ack, 0, 0);
    this.#tell();
  }

  /** The head of a frame, and room for its payload. */
  #frame(type: number, flags: number, streamId: number, payloadLength: number): void {
    this.#output.reserve(FRAME_HEAD_BYTES + payloadLength);
    this.#output.frameHead(payloadLength, type, flags, streamId);
  }

  #beginHeaders(streamId: number, textLength: number, endsStream: boolean): number {
    const start = this.#output.length;
    this.#output.reserve(FRAME_HEAD_BYTES + textLength * 2 + BLOCK_BYTES);
    const flags = endsStream ? FLAG.endHeaders | FLAG.endStream : FLAG.endHeaders;
    this.#output.frameHead(0, FRAME.headers, flags, streamId);
    return start;
  }

  #endHeaders(start: number, streamId: number): void {
    const output = this.#output;
    const length = output.length - start - FRAME_HEAD_BYTES;
    if (length > MAX_FRAME_BYTES) this.#splitHeaders(start, streamId);
    else {
      output.bytes[start + 1] = length >>> 8;
      output.bytes[start + 2] = length;
    }
    output.mayEndAt(start, streamId);
    this.#tell();
  }

  /** A block that is larger than a frame goes on in CONTINUATIONs (RFC 9113 6.10). */
  #splitHeaders(start: number, streamId: number): void {
    const output = this.#output;
    const block = Buffer.from(output.bytes.subarray(start + FRAME_HEAD_BYTES, output.length));
    const endStream = (output.bytes[start + 4] ?? 0) & FLAG.endStream;
    output.length = start;
    for (let at = 0; at < block.length; at += MAX_FRAME_BYTES) {
      const length = Math.min(block.length - at, MAX_FRAME_BYTES);
      const endHeaders = at + length === block.length ? FLAG.endHeaders : FLAG.none;
      output.reserve(FRAME_HEAD_BYTES + length);
      if (at === 0) output.frameHead(length, FRAME.headers, endStream | endHeaders, streamId);
      else output.frameHead(length, FRAME.continuation, endHeaders, streamId);
      block.copy(output.bytes, output.length, at, at + length);
      output.length += length;
    }
  }

  #tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#onOutput();
  }
}
