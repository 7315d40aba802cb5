import { COLON, CR, equalsIgnoringCase, isBlank, LF } from './characters.ts';
import { FIELD, type FieldKind, fieldKind, mayBeSpecial } from './field-kind.ts';
import { byteAt, loadBytes, tokenEnd, valueEnd } from './head-bytes.ts';

/** Why a field section is refused. */
export type FieldFault = 'syntax' | 'space-before-colon' | 'too-many';

const LONGEST_CONNECTION_LIST = 32;

/** Of a line whose name is still to be looked at: it may be any of FIELD. */
const CANDIDATE = 255;

const KEEP_ALIVE: readonly string[] = ['keep-alive'];
const CLOSE: readonly string[] = ['close'];

/**
 * The field lines of one head as positions in its text: reused for every head, so that reading one
 * allocates nothing. Positions fit 32 bits; heads are limited to far less.
 */
export class FieldTable {
  text = '';
  count = 0;
  readonly #limit: number;
  readonly #nameStart: Uint32Array;
  readonly #nameEnd: Uint32Array;
  readonly #valueStart: Uint32Array;
  readonly #valueEnd: Uint32Array;
  readonly #kind: Uint8Array;
  readonly #kept: Uint8Array;

  constructor(limit: number) {
    this.#limit = limit;
    this.#nameStart = new Uint32Array(limit + 1);
    this.#nameEnd = new Uint32Array(limit);
    this.#valueStart = new Uint32Array(limit);
    this.#valueEnd = new Uint32Array(limit);
    this.#kind = new Uint8Array(limit);
    this.#kept = new Uint8Array(limit);
  }

  /** Reads the lines of `text` from `start` to its end; every line must end in CRLF, without folding (RFC 9112 5). */
  scan(text: string, start: number): FieldFault | null {
    loadBytes(text);
    return this.scanLoaded(text, start);
  }

  /** As `scan`, for a text that is loaded already. */
  scanLoaded(text: string, start: number): FieldFault | null {
    this.count = 0;
    let at = start;
    while (at < text.length) {
      if (this.count === this.#limit) return 'too-many';
      const next = this.#line(at);
      if (next <= 0) return next === 0 ? 'syntax' : 'space-before-colon';
      this.count += 1;
      at = next;
    }
    this.#nameStart[this.count] = at;
    this.take(text);
    return null;
  }

  /**
   * Reads lines of what is loaded from `start` until the empty one; returns where that begins, or 0 where the lines
   * do not end, or are no fields. `take` must follow: what is loaded has no text yet.
   */
  scanToEmptyLine(start: number): number {
    this.count = 0;
    let at = start;
    while (this.count < this.#limit) {
      const next = this.#line(at);
      if (next <= 0) break;
      this.count += 1;
      at = next;
    }
    if (byteAt(at) !== CR || byteAt(at + 1) !== LF) return 0;
    this.#nameStart[this.count] = at;
    return at;
  }

  /** The text that the lines were read from, which may go on behind them; now their names can be looked at. */
  take(text: string): void {
    this.text = text;
    for (let at = 0; at < this.count; at += 1) {
      if (this.#kind[at] === CANDIDATE)
        this.#kind[at] = fieldKind(text, this.#nameStart[at] ?? 0, this.#nameEnd[at] ?? 0);
    }
  }

  /** Where the next line begins; 0 for a line that is no field, -1 for one with white space before its colon. */
  #line(start: number): number {
    const colon = tokenEnd(start);
    if (colon === start) return 0;
    if (byteAt(colon) !== COLON) return isBlank(byteAt(colon)) ? -1 : 0;
    let valueStart = colon + 1;
    while (isBlank(byteAt(valueStart))) valueStart += 1;
    let end = valueEnd(valueStart);
    if (byteAt(end) !== CR || byteAt(end + 1) !== LF) return 0;
    const next = end + 2;
    while (end > valueStart && isBlank(byteAt(end - 1))) end -= 1;
    const at = this.count;
    this.#nameStart[at] = start;
    this.#nameEnd[at] = colon;
    this.#valueStart[at] = valueStart;
    this.#valueEnd[at] = end;
    // Most names mean nothing to us: length and first byte tell, without a look at the name.
    this.#kind[at] = mayBeSpecial(colon - start, byteAt(start)) ? CANDIDATE : FIELD.other;
    this.#kept[at] = 1;
    return next;
  }

  kind(at: number): FieldKind {
    return (this.#kind[at] ?? FIELD.other) as FieldKind;
  }

  name(at: number): string {
    return this.text.slice(this.#nameStart[at], this.#nameEnd[at]);
  }

  value(at: number): string {
    return this.text.slice(this.#valueStart[at], this.#valueEnd[at]);
  }

  /** The value with the blanks behind it: for strict llhttp a tab behind `chunked` makes another coding of it (found by fuzzing). */
  valueToLineEnd(at: number): string {
    return this.text.slice(this.#valueStart[at], (this.#nameStart[at + 1] ?? 0) - 2);
  }

  drop(at: number): void {
    this.#kept[at] = 0;
  }

  isKept(at: number): boolean {
    return this.#kept[at] === 1;
  }

  /** The nth kept line of that name; -1 past the last. `name` is in lower case. */
  find(name: string, nth: number): number {
    let left = nth;
    for (let at = 0; at < this.count; at += 1) {
      const start = this.#nameStart[at] ?? 0;
      if ((this.#nameEnd[at] ?? 0) - start !== name.length || this.#kept[at] === 0) continue;
      if (!equalsIgnoringCase(this.text, start, name)) continue;
      if (left === 0) return at;
      left -= 1;
    }
    return -1;
  }

  /** All lines of that name as one list (RFC 9110 5.3), dropped ones too; empty where there is none. `name` is in lower case. */
  sentValue(name: string): string {
    let out = '';
    for (let at = 0; at < this.count; at += 1) {
      const start = this.#nameStart[at] ?? 0;
      if ((this.#nameEnd[at] ?? 0) - start !== name.length) continue;
      if (!equalsIgnoringCase(this.text, start, name)) continue;
      out = out === '' ? this.value(at) : `${out}, ${this.value(at)}`;
    }
    return out;
  }

  dropNamed(name: string): void {
    for (let at = this.find(name, 0); at !== -1; at = this.find(name, 0)) this.drop(at);
  }

  /** Where the last line ends. */
  get end(): number {
    return this.#nameStart[this.count] ?? 0;
  }

  /** All kept lines as they were sent, and the text behind them to `end`: neighbours are copied as one slice. */
  keptText(start: number, end = this.end): string {
    let out = '';
    let from = start;
    for (let at = 0; at < this.count; at += 1) {
      if (this.#kept[at] === 1) continue;
      const dropped = this.#nameStart[at] ?? 0;
      if (dropped > from) out += this.text.slice(from, dropped);
      from = this.#nameStart[at + 1] ?? 0;
    }
    return from === end ? out : out + this.text.slice(from, end);
  }

  /**
   * The options of Connection line `at`, in lower case, without empty elements (RFC 9110 5.6.1);
   * undefined where there are more than any honest sender has.
   */
  connectionOptions(at: number): readonly string[] | undefined {
    const start = this.#valueStart[at] ?? 0;
    const length = (this.#valueEnd[at] ?? 0) - start;
    // These two are nearly all there is; a list made of them costs seven times as much (bench/micro/small-steps.ts).
    if (length === 10 && equalsIgnoringCase(this.text, start, 'keep-alive')) return KEEP_ALIVE;
    if (length === 5 && equalsIgnoringCase(this.text, start, 'close')) return CLOSE;
    const options = this.value(at)
      .toLowerCase()
      .split(',')
      .map(option => option.replace(/^[ \t]+|[ \t]+$/g, ''))
      .filter(option => option !== '');
    return options.length > LONGEST_CONNECTION_LIST ? undefined : options;
  }
}
