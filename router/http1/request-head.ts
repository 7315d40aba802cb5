import { cookieValue, queryValue } from '../../src/core/request-fields.ts';
import { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import { draw32 } from '../random.ts';
import type { RoutedRequest } from '../routing/routed-request.ts';
import { hostOfAuthority } from './authority.ts';
import { parsedContentLength } from './characters.ts';
import { FIELD, type FieldKind, isForbiddenInConnection } from './field-kind.ts';
import { FieldTable } from './field-table.ts';
import { loadBytes, loadInPlace } from './head-bytes.ts';
import { HEAD_FAULT, type HeadFault } from './head-fault.ts';
import { isLoop, ownHops, parsedMaxForwards } from './hops.ts';
import { isKnownMethod } from './methods.ts';
import { MintedCookies } from './minted-cookies.ts';
import { RequestLine } from './request-line.ts';
import { RequestTarget } from './request-target.ts';
import { transferEncodingFault } from './transfer-encoding.ts';

export const MAX_TARGET_BYTES = 16_384;
export const MAX_HEADER_BYTES = 32_768;
export const MAX_HEADER_FIELDS = 100;

/** A sane id of an outer hop: token-like, so that it can stand in logs and answers as it is. */
const REQUEST_ID = /^[A-Za-z0-9._~:+/=@-]{1,128}$/;

/**
 * The head of one request, read strictly: what RFC 9112 leaves to the reader's choice is refused.
 * One object serves all connections of a process, since nothing waits between reading a head, deciding
 * and building the upstream head; what is needed later is copied by the connection.
 */
export class RequestHead implements RoutedRequest {
  readonly fields = new FieldTable(MAX_HEADER_FIELDS);
  readonly target = new RequestTarget();
  readonly matching = new MatchingBudget();
  text = '';
  method = '';
  minorVersion: 0 | 1 = 1;
  sourceAddress = '';
  host = '';
  /** Host as sent, or the authority of an absolute-form target; empty on HTTP/1.0 without Host. */
  authority = '';
  /** Position of the first field line. */
  fieldsStart = 0;
  isChunked = false;
  /** -1 where there is none. */
  contentLength = -1;
  /** True if the client's connection ends with this request. */
  closes = false;
  expectsContinue = false;
  /** The Upgrade value to forward; empty: no upgrade. */
  upgrade = '';
  /** The client's own, empty where there is none or it is not sane. */
  requestId = '';
  hadForwarded = false;
  /** Of an OPTIONS request that says how far it may go; -1 where nothing is said. */
  maxForwards = -1;
  /** What Connection names, in lower case: it goes from the trailers too. */
  connectionOptions: string[] = [];
  readonly #minted = new MintedCookies();
  #nowMs = 0;
  readonly #line = new RequestLine();
  #hostAt = -1;
  #hostCount = 0;
  #requestIdAt = -1;
  #upgradeAt = -1;
  #upgradeCount = 0;
  #transferEncodingCount = 0;
  #ownHops = 0;

  /** Milliseconds since the epoch; read once, and only if a ticket that expires asks. */
  get nowMs(): number {
    if (this.#nowMs === 0) this.#nowMs = Date.now();
    return this.#nowMs;
  }

  get path(): string {
    return this.target.path;
  }

  get query(): string {
    return this.target.query;
  }

  /**
   * Reads the head that begins at buffer[start], where it stands; returns where it ends, its empty line included.
   * 0: it is not whole by `end`, has a fault, or stands where it cannot be read; `parse` tells which.
   */
  parseAt(buffer: Buffer, start: number, end: number): number {
    if (!loadInPlace(buffer, start, end) || this.#line.scan() !== null) return 0;
    const emptyLine = this.fields.scanToEmptyLine(this.#line.end);
    if (emptyLine === 0 || emptyLine - this.#line.end > MAX_HEADER_BYTES) return 0;
    this.#reset(buffer.toString('latin1', start, start + emptyLine));
    this.fields.take(this.text);
    return (this.#requestLine() ?? this.#readFields()) === null ? start + emptyLine + 2 : 0;
  }

  /** Reads the head: request line and field lines with their CRLFs, without the empty line. Null: it may be routed. */
  parse(text: string): HeadFault | null {
    this.#reset(text);
    loadBytes(text);
    return this.#line.scan() ?? this.#requestLine() ?? this.#scanFieldLines() ?? this.#readFields();
  }

  headerLine(name: string, nth: number): string | undefined {
    const at = this.fields.find(name, nth);
    return at === -1 ? undefined : this.fields.value(at);
  }

  cookie(name: string): string | undefined {
    for (let nth = 0; ; nth += 1) {
      const line = this.headerLine('cookie', nth);
      if (line === undefined) return undefined;
      const value = cookieValue(line, name);
      if (value !== undefined) return value;
    }
  }

  queryParameter(name: string): string | undefined {
    return this.target.query === '' ? undefined : queryValue(this.target.query.slice(1), name);
  }

  draw(): number {
    return draw32();
  }

  mint(cookie: string, ttlSeconds: number | null): string {
    return this.#minted.mint(cookie, ttlSeconds);
  }

  /** Set-Cookie lines of what was minted for this request; it stores the id, never the decision (DESIGN 3). */
  mintedLines(): string {
    return this.#minted.lines();
  }

  #reset(text: string): void {
    this.text = text;
    this.matching.reset();
    this.#nowMs = 0;
    this.isChunked = false;
    this.contentLength = -1;
    this.closes = false;
    this.expectsContinue = false;
    this.upgrade = '';
    this.requestId = '';
    this.hadForwarded = false;
    this.maxForwards = -1;
    this.#ownHops = 0;
    this.#minted.clear();
    if (this.connectionOptions.length > 0) this.connectionOptions = [];
    this.#hostAt = -1;
    this.#hostCount = 0;
    this.#requestIdAt = -1;
    this.#upgradeAt = -1;
    this.#upgradeCount = 0;
    this.#transferEncodingCount = 0;
  }

  #requestLine(): HeadFault | null {
    const { methodEnd, targetStart, targetEnd } = this.#line;
    this.minorVersion = this.#line.minorVersion;
    this.fieldsStart = this.#line.end;
    this.method = this.text.slice(0, methodEnd);
    if (this.method === 'CONNECT' || this.method === 'TRACE') return HEAD_FAULT.methodRefused;
    if (!isKnownMethod(this.method)) return HEAD_FAULT.method;
    if (targetEnd - targetStart > MAX_TARGET_BYTES) return HEAD_FAULT.targetTooLong;
    return this.target.parse(this.text.slice(targetStart, targetEnd), this.method) ? null : HEAD_FAULT.target;
  }

  #scanFieldLines(): HeadFault | null {
    if (this.text.length - this.fieldsStart > MAX_HEADER_BYTES) return HEAD_FAULT.headTooLarge;
    const fault = this.fields.scanLoaded(this.text, this.fieldsStart);
    if (fault === null) return null;
    return fault === 'too-many' ? HEAD_FAULT.headTooLarge : HEAD_FAULT.field;
  }

  #readFields(): HeadFault | null {
    for (let at = 0; at < this.fields.count; at += 1) {
      const kind = this.fields.kind(at);
      if (kind === FIELD.other) continue;
      const refused = this.#special(kind, at);
      if (refused !== null) return refused;
    }
    return this.#framing() ?? this.#hostField() ?? this.#endToEnd();
  }

  #special(kind: FieldKind, at: number): HeadFault | null {
    switch (kind) {
      case FIELD.host:
        this.#hostAt = at;
        this.#hostCount += 1;
        return null;
      case FIELD.connection:
        this.fields.drop(at);
        return this.#connection(at);
      case FIELD.contentLength: {
        const length = this.contentLength === -1 ? parsedContentLength(this.fields.value(at)) : undefined;
        if (length === undefined) return HEAD_FAULT.contentLength;
        this.contentLength = length;
        return null;
      }
      case FIELD.transferEncoding:
        this.#transferEncodingCount += 1;
        this.isChunked = true;
        return transferEncodingFault(this.fields.valueToLineEnd(at));
      case FIELD.expect:
        // RFC 9110 10.1.1: from an HTTP/1.0 client it means nothing, and upstream we speak 1.1.
        if (this.minorVersion === 0) this.fields.drop(at);
        else if (this.fields.value(at).toLowerCase() === '100-continue') this.expectsContinue = true;
        return null;
      case FIELD.upgrade:
        this.fields.drop(at);
        this.#upgradeAt = at;
        this.#upgradeCount += 1;
        return null;
      case FIELD.via:
        this.#ownHops += ownHops(this.fields.value(at));
        return isLoop(this.#ownHops) ? HEAD_FAULT.loop : null;
      case FIELD.maxForwards:
        return this.method === 'OPTIONS' ? this.#maxForwardsField(at) : null;
      case FIELD.requestId:
        return this.#requestIdField(at);
      case FIELD.forwarded:
        this.hadForwarded = true;
        this.fields.drop(at);
        return null;
      case FIELD.ours:
      case FIELD.hopByHop:
      case FIELD.keepAlive:
        this.fields.drop(at);
        return null;
      default:
        return null;
    }
  }

  #requestIdField(at: number): null {
    const isFirst = this.#requestIdAt === -1;
    const id = this.fields.value(at);
    this.fields.drop(at);
    this.#requestIdAt = at;
    // Two ids are none: which one a log would show is anybody's guess.
    this.requestId = isFirst && REQUEST_ID.test(id) ? id : '';
    return null;
  }

  /** RFC 9110 7.6.2: it counts down; at zero we are who answers. Two counts, or none that is a number, say nothing certain. */
  #maxForwardsField(at: number): HeadFault | null {
    const count = this.maxForwards === -1 ? parsedMaxForwards(this.fields.value(at)) : undefined;
    this.fields.drop(at);
    if (count === undefined) return HEAD_FAULT.field;
    this.maxForwards = count;
    return count === 0 ? HEAD_FAULT.lastHop : null;
  }

  #connection(at: number): HeadFault | null {
    const options = this.fields.connectionOptions(at);
    if (options === undefined || options.length + this.connectionOptions.length > 32)
      return HEAD_FAULT.connection;
    for (const option of options) {
      if (option === 'close') this.closes = true;
      else if (isForbiddenInConnection(option)) return HEAD_FAULT.connection;
      if (option !== 'close' && option !== 'keep-alive') this.connectionOptions.push(option);
    }
    return null;
  }

  #framing(): HeadFault | null {
    if (!this.isChunked) return null;
    const isAmbiguous =
      this.#transferEncodingCount > 1 || this.contentLength !== -1 || this.minorVersion === 0;
    return isAmbiguous ? HEAD_FAULT.framing : null;
  }

  #hostField(): HeadFault | null {
    if (this.#hostCount > 1 || (this.#hostCount === 0 && this.minorVersion === 1)) return HEAD_FAULT.host;
    this.authority = this.#hostCount === 0 ? '' : this.fields.value(this.#hostAt);
    const host = this.#hostCount === 0 ? '' : hostOfAuthority(this.authority);
    if (host === undefined) return HEAD_FAULT.host;
    this.host = host;
    if (this.target.authority === '') return null;
    if (this.#hostAt !== -1) this.fields.drop(this.#hostAt);
    this.authority = this.target.authority;
    this.host = hostOfAuthority(this.authority) ?? '';
    return null;
  }

  /** What Connection asks for: fields it names go, and an upgrade may be one (RFC 9110 7.8). */
  #endToEnd(): null {
    // A 1.0 client may not understand a persistent connection through a proxy (RFC 9112 9.3, P19).
    if (this.minorVersion === 0) this.closes = true;
    if (this.connectionOptions.length === 0) return null;
    const wantsUpgrade = this.connectionOptions.includes('upgrade');
    for (const option of this.connectionOptions) this.fields.dropNamed(option);
    const hasBody = this.isChunked || this.contentLength > 0;
    if (!wantsUpgrade || this.#upgradeCount !== 1 || this.minorVersion === 0 || hasBody) return null;
    const upgrade = this.fields.value(this.#upgradeAt);
    // h2c behind our back would be requests that nobody routed (S8).
    if (upgrade !== '' && !/(?:^|[ ,\t])h2c(?:$|[ ,\t/])/i.test(upgrade)) this.upgrade = upgrade;
    return null;
  }
}
