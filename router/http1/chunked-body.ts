import { CR, hexDigit, isTokenChar, isValueChar, LF } from './characters.ts';
import { FIELD } from './field-kind.ts';
import { FieldTable } from './field-table.ts';
import { mayBeTrailer } from './trailer-names.ts';

/** Where the parts of a body go, in order. `buffer` may be used only during the call. */
export interface BodySink {
  bodyBytes(buffer: Buffer, start: number, end: number): void;
  bodyText(text: string): void;
}

const STATE = {
  sizeStart: 0,
  size: 1,
  extensionName: 2,
  extensionNameNext: 3,
  extensionValue: 4,
  extensionToken: 5,
  extensionQuoted: 6,
  extensionEscaped: 7,
  extensionQuotedEnd: 8,
  sizeLf: 9,
  data: 10,
  dataCr: 11,
  dataLf: 12,
  trailerStart: 13,
  trailerLine: 14,
  lastLf: 15,
  done: 16,
  fault: 17,
} as const;

type State = (typeof STATE)[keyof typeof STATE];

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Size digits, extensions and trailers of one message that are no data: more is an attack (CVE-2024-22019). */
const MAX_OVERHEAD_BYTES = 16_384;
/** 2^52 and a little: counted exactly, and more than anybody sends (P15). */
const MAX_SIZE_DIGITS = 13;
const MAX_TRAILER_FIELDS = 100;

/**
 * The end of a chunked body in arbitrarily cut bytes (RFC 9112 7.1), as strict as llhttp. Data, sizes and
 * line ends pass as they came; extensions are dropped, since they end at this hop and parsers disagree on
 * them (CVE-2026-33870); trailers pass but for those that could be taken for headers.
 */
export class ChunkedBody {
  #state: State = STATE.sizeStart;
  #remaining = 0;
  #allowance = Number.POSITIVE_INFINITY;
  #digits = 0;
  #overhead = 0;
  #trailers = '';
  #keptTrailers = '';
  #dataOnly = false;
  #hopByHop: readonly string[] = [];
  /** Start of the bytes of this call that are to be passed on; -1 while what is read is dropped. */
  #from = 0;

  begin(dataOnly: boolean, hopByHop: readonly string[] = []): void {
    this.#state = STATE.sizeStart;
    this.#remaining = 0;
    this.#allowance = Number.POSITIVE_INFINITY;
    this.#digits = 0;
    this.#overhead = 0;
    this.#trailers = '';
    this.#keptTrailers = '';
    this.#dataOnly = dataOnly;
    this.#hopByHop = hopByHop;
  }

  /** From its start on, only data is passed on. */
  passDataOnly(): void {
    this.#dataOnly = true;
  }

  /** No more data than this may come: a chunk that announces more is not passed on. */
  limitTo(maxBytes: number): void {
    this.#allowance = maxBytes;
  }

  /** True once more was announced than may come. */
  get isTooLarge(): boolean {
    return this.#allowance < 0;
  }

  /** The trailer lines that may pass, where only data is passed on. */
  get trailers(): string {
    return this.#keptTrailers;
  }

  get done(): boolean {
    return this.#state === STATE.done;
  }

  get failed(): boolean {
    return this.#state === STATE.fault;
  }

  /** Passes on what belongs to the body; returns where it ends in these bytes. On a fault the rest is meaningless. */
  take(buffer: Buffer, start: number, end: number, sink: BodySink): number {
    let at = start;
    this.#from = this.#isDropping() ? -1 : start;
    while (at < end && this.#state < STATE.done) {
      if (this.#state === STATE.data) at = this.#data(buffer, at, end, sink);
      else {
        this.#step(buffer, at, sink);
        at += 1;
      }
    }
    if (!this.failed) this.#flush(buffer, at, sink);
    return at;
  }

  #isDropping(): boolean {
    if (this.#dataOnly) return true;
    const state = this.#state;
    if (state === STATE.trailerStart || state === STATE.trailerLine) return this.#trailers !== '';
    return state >= STATE.extensionName && state <= STATE.extensionQuotedEnd;
  }

  #flush(buffer: Buffer, end: number, sink: BodySink): void {
    if (this.#from !== -1 && this.#from < end) sink.bodyBytes(buffer, this.#from, end);
    this.#from = -1;
  }

  #data(buffer: Buffer, at: number, end: number, sink: BodySink): number {
    const taken = Math.min(this.#remaining, end - at);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = STATE.dataCr;
    if (this.#dataOnly) sink.bodyBytes(buffer, at, at + taken);
    return at + taken;
  }

  #step(buffer: Buffer, at: number, sink: BodySink): void {
    const code = buffer[at] ?? 0;
    switch (this.#state) {
      case STATE.sizeStart:
      case STATE.size:
        this.#size(code, buffer, at, sink);
        break;
      case STATE.sizeLf:
        this.#expect(code, LF, this.#remaining > 0 ? STATE.data : STATE.trailerStart);
        this.#allowance -= this.#remaining;
        if (this.isTooLarge) this.#state = STATE.fault;
        break;
      case STATE.dataCr:
        this.#expect(code, CR, STATE.dataLf);
        break;
      case STATE.dataLf:
        this.#digits = 0;
        this.#expect(code, LF, STATE.sizeStart);
        break;
      case STATE.trailerStart:
      case STATE.trailerLine:
        this.#trailer(code, buffer, at, sink);
        break;
      case STATE.lastLf:
        this.#expect(code, LF, STATE.done);
        break;
      default:
        this.#extension(code, at);
    }
  }

  #expect(code: number, expected: number, next: State): void {
    this.#state = code === expected ? next : STATE.fault;
  }

  #count(): void {
    this.#overhead += 1;
    if (this.#overhead > MAX_OVERHEAD_BYTES) this.#state = STATE.fault;
  }

  #size(code: number, buffer: Buffer, at: number, sink: BodySink): void {
    const digit = hexDigit(code);
    if (digit !== -1) {
      this.#remaining = this.#remaining * 16 + digit;
      this.#digits += 1;
      this.#state = this.#digits > MAX_SIZE_DIGITS ? STATE.fault : STATE.size;
    } else if (this.#state === STATE.sizeStart) this.#state = STATE.fault;
    else if (code === CR) this.#state = STATE.sizeLf;
    else if (code === SEMICOLON) {
      this.#flush(buffer, at, sink);
      this.#state = STATE.extensionName;
    } else this.#state = STATE.fault;
  }

  #extension(code: number, at: number): void {
    this.#count();
    if (this.failed) return;
    switch (this.#state) {
      case STATE.extensionName:
        this.#state = isTokenChar(code) ? STATE.extensionNameNext : STATE.fault;
        return;
      case STATE.extensionNameNext:
        if (isTokenChar(code)) return;
        if (code === EQUALS) this.#state = STATE.extensionValue;
        else this.#extensionEnd(code, at);
        return;
      case STATE.extensionValue:
        if (code === QUOTE) this.#state = STATE.extensionQuoted;
        else this.#state = isTokenChar(code) ? STATE.extensionToken : STATE.fault;
        return;
      case STATE.extensionToken:
        if (!isTokenChar(code)) this.#extensionEnd(code, at);
        return;
      case STATE.extensionQuoted:
        if (code === QUOTE) this.#state = STATE.extensionQuotedEnd;
        else if (code === BACKSLASH) this.#state = STATE.extensionEscaped;
        else if (!isValueChar(code)) this.#state = STATE.fault;
        return;
      case STATE.extensionEscaped:
        this.#state = isValueChar(code) ? STATE.extensionQuoted : STATE.fault;
        return;
      default:
        this.#extensionEnd(code, at);
    }
  }

  #extensionEnd(code: number, at: number): void {
    if (code === SEMICOLON) this.#state = STATE.extensionName;
    else if (code !== CR) this.#state = STATE.fault;
    else {
      this.#state = STATE.sizeLf;
      if (!this.#dataOnly) this.#from = at;
    }
  }

  #trailer(code: number, buffer: Buffer, at: number, sink: BodySink): void {
    if (this.#state === STATE.trailerStart && code === CR) {
      this.#endTrailers(at, sink);
      return;
    }
    this.#count();
    if (this.#state === STATE.trailerStart && !isTokenChar(code)) this.#state = STATE.fault;
    if (this.failed) return;
    if (this.#trailers === '') this.#flush(buffer, at, sink);
    this.#trailers += String.fromCharCode(code);
    this.#state = code === LF ? STATE.trailerStart : STATE.trailerLine;
  }

  #endTrailers(at: number, sink: BodySink): void {
    this.#state = STATE.lastLf;
    if (this.#trailers === '') return;
    const kept = keptTrailers(this.#trailers, this.#hopByHop);
    this.#trailers = '';
    if (kept === undefined) {
      this.#state = STATE.fault;
      return;
    }
    if (this.#dataOnly) {
      this.#keptTrailers = kept;
      return;
    }
    if (kept !== '') sink.bodyText(kept);
    this.#from = at;
  }
}

/** The trailer lines that may pass; undefined where the section is malformed or tries to frame the message anew. */
const keptTrailers = (text: string, hopByHop: readonly string[]): string | undefined => {
  // Made where it is needed: trailers are rare, and the table is 2 KiB.
  const fields = new FieldTable(MAX_TRAILER_FIELDS);
  if (fields.scan(text, 0) !== null) return undefined;
  for (let at = 0; at < fields.count; at += 1) {
    const kind = fields.kind(at);
    if (kind === FIELD.contentLength || kind === FIELD.transferEncoding) return undefined;
    if (!mayBeTrailer(fields.name(at).toLowerCase())) fields.drop(at);
  }
  for (const name of hopByHop) fields.dropNamed(name);
  return fields.keptText(0);
};
