import { SMALL_BODY_BYTES } from './body-framing.ts';
import { CR, isDigit, LF, parsedContentLength, SPACE } from './characters.ts';
import { FIELD, type FieldKind } from './field-kind.ts';
import { FieldTable } from './field-table.ts';
import { byteAt, bytesAre, loadBytes, loadInPlace, valueEnd } from './head-bytes.ts';

/** Why an upstream answer is not passed on: the client gets 502 and the socket is closed. */
export type ResponseFault = 'StatusLine' | 'Field' | 'Framing';

/** More than a browser's cookie jar can hold for one site; a head of that many lines is no head. */
export const MAX_RESPONSE_FIELDS = 512;

/** Any honest head is smaller; and that much may be held for one (DESIGN 7). */
export const MAX_RESPONSE_HEAD_BYTES = 65_536;

/** 100, 102 and a handful of 103s are honest; more is a flood (S7). */
export const MAX_INTERIM_ANSWERS = 32;

const ZERO = 0x30;
const HTTP_1_1 = Buffer.from('HTTP/1.1 ', 'latin1');
const HTTP_1_0 = Buffer.from('HTTP/1.0 ', 'latin1');

const NONE: readonly string[] = [];

/** What the client's side of the answer needs to be. */
export type AnswerTo = {
  /** `Connection: close` is said, whatever the version. */
  readonly closes: boolean;
  /** Chunked framing towards the client: the upstream's own, or ours in place of until-close. */
  readonly isChunked: boolean;
  /** Cookies, and what policies add: lines with their CRLF. */
  readonly addedLines: string;
  readonly dateLine: string;
  /** What the head's text holds behind the head goes with it. */
  readonly withBody: boolean;
};

/** The head of one upstream answer; one object serves all connections, as with RequestHead. */
export class ResponseHead {
  readonly fields = new FieldTable(MAX_RESPONSE_FIELDS);
  status = 0;
  minorVersion: 0 | 1 = 1;
  /** -1 where there is none. */
  contentLength = -1;
  isChunked = false;
  /** False if the upstream closes after this answer. */
  keepsAlive = true;
  /** Of `Keep-Alive: timeout=n`; -1 where nothing was said. */
  keepAliveSeconds = -1;
  /** The Upgrade value of a 101. */
  upgrade = '';
  /** What Connection named: it goes from the trailers too. */
  connectionOptions = NONE;
  #statusLine = '';
  #fieldsStart = 0;
  hasDate = false;
  #transferEncodings = 0;

  /** How much of what follows the head its text holds; -1 where it has been read without its empty line. */
  get restLength(): number {
    return Math.max(-1, this.fields.text.length - this.fields.end - 2);
  }

  /** True for 1xx: another head follows. */
  get isInterim(): boolean {
    return this.status < 200;
  }

  /**
   * Reads the head that begins at buffer[start], where it stands; returns where it ends, its empty line included.
   * 0: it is not whole by `end`, has a fault, or stands where it cannot be read; `parse` tells which.
   */
  parseAt(buffer: Buffer, start: number, end: number): number {
    if (!loadInPlace(buffer, start, end) || !this.#scanStatusLine()) return 0;
    const emptyLine = this.fields.scanToEmptyLine(this.#fieldsStart);
    if (emptyLine === 0) return 0;
    // With a small body: it mostly is all of the body, and one text is cheaper than two.
    const isSmall = end - start - emptyLine <= SMALL_BODY_BYTES;
    const text = buffer.toString('latin1', start, isSmall ? end : start + emptyLine);
    this.#begin(text);
    this.fields.take(text);
    return this.#readFields() === null ? start + emptyLine + 2 : 0;
  }

  /** Reads status line and field lines with their CRLFs, without the empty line. */
  parse(text: string): ResponseFault | null {
    loadBytes(text);
    if (!this.#scanStatusLine()) return 'StatusLine';
    this.#begin(text);
    let fault = this.fields.scanLoaded(text, this.#fieldsStart);
    // P7: white space before a colon is taken out of an answer; in a request it is an attack.
    if (fault === 'space-before-colon') {
      const fieldText = text.slice(this.#fieldsStart).replace(/^([^\s:]+)[ \t]+:/gm, '$1:');
      fault = this.fields.scan(text.slice(0, this.#fieldsStart) + fieldText, this.#fieldsStart);
    }
    return fault === null ? this.#readFields() : 'Field';
  }

  #begin(text: string): void {
    this.contentLength = -1;
    this.isChunked = false;
    this.keepAliveSeconds = -1;
    this.upgrade = '';
    this.connectionOptions = NONE;
    this.hasDate = false;
    this.#transferEncodings = 0;
    this.keepsAlive = this.minorVersion === 1;
    this.#statusLine = this.minorVersion === 1 ? '' : `HTTP/1.1 ${text.slice(9, this.#fieldsStart)}`;
  }

  #readFields(): ResponseFault | null {
    for (let at = 0; at < this.fields.count; at += 1) {
      const kind = this.fields.kind(at);
      if (kind !== FIELD.other && !this.#special(kind, at)) return 'Framing';
    }
    return this.#framingFault();
  }

  #scanStatusLine(): boolean {
    if (bytesAre(0, HTTP_1_1)) this.minorVersion = 1;
    else if (bytesAre(0, HTTP_1_0)) this.minorVersion = 0;
    else return false;
    const hundreds = byteAt(9) - ZERO;
    if (hundreds < 1 || hundreds > 9 || !isDigit(byteAt(10)) || !isDigit(byteAt(11))) return false;
    // RFC 9112 4 asks for the space even without a reason; many leave it out.
    if (byteAt(12) !== SPACE && byteAt(12) !== CR) return false;
    const end = valueEnd(12);
    if (byteAt(end) !== CR || byteAt(end + 1) !== LF) return false;
    this.status = hundreds * 100 + (byteAt(10) - ZERO) * 10 + byteAt(11) - ZERO;
    this.#fieldsStart = end + 2;
    return true;
  }

  /** False for a field that leaves the framing open. */
  #special(kind: FieldKind, at: number): boolean {
    switch (kind) {
      case FIELD.connection:
        this.fields.drop(at);
        return this.#connection(at);
      case FIELD.contentLength: {
        const length = this.contentLength === -1 ? parsedContentLength(this.fields.value(at)) : undefined;
        this.contentLength = length ?? -1;
        return length !== undefined;
      }
      case FIELD.transferEncoding:
        this.fields.drop(at);
        this.#transferEncodings += 1;
        this.isChunked = true;
        return this.fields.value(at).toLowerCase() === 'chunked';
      case FIELD.keepAlive: {
        this.fields.drop(at);
        const timeout = /(?:^|[,\s])timeout=([0-9]{1,6})(?:$|[,\s])/i.exec(this.fields.value(at))?.[1];
        if (timeout !== undefined) this.keepAliveSeconds = Number(timeout);
        return true;
      }
      case FIELD.upgrade:
        this.fields.drop(at);
        this.upgrade = this.fields.value(at);
        return true;
      case FIELD.hopByHop:
        this.fields.drop(at);
        return true;
      case FIELD.date:
        this.hasDate = true;
        return true;
      default:
        return true;
    }
  }

  #connection(at: number): boolean {
    const options = this.fields.connectionOptions(at);
    if (options === undefined) return false;
    this.connectionOptions =
      this.connectionOptions === NONE ? options : [...this.connectionOptions, ...options];
    for (const option of options) {
      if (option === 'close') this.keepsAlive = false;
      else if (option === 'content-length' || option === 'transfer-encoding') return false;
      else if (option !== 'date') this.fields.dropNamed(option);
    }
    return true;
  }

  #framingFault(): ResponseFault | null {
    const isAmbiguous =
      this.#transferEncodings > 1 ||
      (this.isChunked && (this.contentLength !== -1 || this.minorVersion === 0));
    if (isAmbiguous) return 'Framing';
    // P14: neither belongs on 1xx and 204; with them gone, no reader waits for a body.
    if (this.isInterim || this.status === 204) {
      this.fields.dropNamed('content-length');
      this.isChunked = false;
      this.contentLength = -1;
    }
    return null;
  }

  #kept(end?: number): string {
    return this.#statusLine === ''
      ? this.fields.keptText(0, end)
      : this.#statusLine + this.fields.keptText(this.#fieldsStart, end);
  }

  /** The head of a final answer as the client gets it, complete with its empty line. */
  forClient(to: AnswerTo): string {
    const isAsSent =
      !to.isChunked && to.addedLines === '' && !to.closes && (this.hasDate || to.dateLine === '');
    if (to.withBody && isAsSent) return this.#kept(this.fields.text.length);
    let out = this.#kept();
    if (to.isChunked) out += 'Transfer-Encoding: chunked\r\n';
    if (!this.hasDate) out += to.dateLine;
    if (to.addedLines !== '') out += to.addedLines;
    if (to.closes) out += 'Connection: close\r\n';
    return out + (to.withBody ? this.fields.text.slice(this.fields.end) : '\r\n');
  }

  /** A 1xx head as the client gets it; a 101 says what it switches to, and may carry cookies. */
  interimForClient(addedLines = ''): string {
    if (this.status !== 101) return `${this.#kept()}\r\n`;
    return `${this.#kept()}${addedLines}Connection: Upgrade\r\nUpgrade: ${this.upgrade}\r\n\r\n`;
  }
}
