import { DynamicTable } from './dynamic-table.ts';
import type { FieldSection } from './field-section.ts';
import {
  fieldKindOf,
  HEADER_KIND,
  HeaderField,
  type HeaderKind,
  linePrefix,
  lineSuffix,
  nameKind,
} from './header-field.ts';
import { huffmanDecode, longestDecoded } from './huffman.ts';
import { FIRST_DYNAMIC_INDEX, STATIC_FIELDS } from './static-table.ts';

/** More is no length and no index of anything that we take. */
const MAX_INTEGER = 0xff_ffff;

/** A change of size is told once, and once more for the smallest size in between (RFC 7541 4.2). */
const MAX_SIZE_UPDATES = 2;

/** Room for what stands around a value in a line. */
const LINE_MARGIN_BYTES = 64;

/** Where a literal's line is put together; good until the next literal. */
let scratch: Buffer = Buffer.alloc(16_384);

const makeRoom = (bytes: number, keep: number): void => {
  if (bytes <= scratch.length) return;
  const larger = Buffer.alloc(bytes * 2);
  scratch.copy(larger, 0, 0, keep);
  scratch = larger;
};

/** Reads the header blocks of one direction of a connection, in their order: each may refer to those before it (RFC 7541). */
export class HpackDecoder {
  readonly #table = new DynamicTable();
  #buffer: Buffer = scratch;
  #at = 0;
  #end = 0;

  /** Bytes that are remembered. */
  get tableSize(): number {
    return this.#table.size;
  }

  /** Reads one whole block into `section`. False: it is no header block, and nothing more can be read on this connection. */
  decode(buffer: Buffer, start: number, end: number, section: FieldSection): boolean {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
    let updatesLeft = MAX_SIZE_UPDATES;
    while (this.#at < end) {
      const byte = buffer[this.#at] ?? 0;
      if (byte >= 0x80) {
        const field = this.#fieldAt(this.#integer(0x7f));
        if (field === undefined) return false;
        section.add(field);
        updatesLeft = 0;
      } else if (byte >= 0x20 && byte < 0x40) {
        if (updatesLeft === 0 || !this.#sizeUpdate()) return false;
        updatesLeft -= 1;
      } else {
        const isIndexed = byte >= 0x40;
        const field = this.#literal(this.#integer(isIndexed ? 0x3f : 0x0f));
        if (field === null) return false;
        if (isIndexed) this.#table.add(field);
        section.add(field);
        updatesLeft = 0;
      }
    }
    return true;
  }

  #sizeUpdate(): boolean {
    const size = this.#integer(0x1f);
    return size !== -1 && this.#table.resize(size);
  }

  #fieldAt(index: number): HeaderField | undefined {
    if (index < FIRST_DYNAMIC_INDEX) return STATIC_FIELDS[index];
    return this.#table.at(index - FIRST_DYNAMIC_INDEX);
  }

  /** RFC 7541 5.1; -1 where it does not end or is out of all bounds. */
  #integer(mask: number): number {
    let value = (this.#buffer[this.#at] ?? 0) & mask;
    this.#at += 1;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.#at >= this.#end) return -1;
      const byte = this.#buffer[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value > MAX_INTEGER ? -1 : value;
    }
    return -1;
  }

  /** Decodes the string that stands next to scratch[to, …); returns where it ends there, -1 where it is none (RFC 7541 5.2). */
  #string(to: number): number {
    if (this.#at >= this.#end) return -1;
    const isHuffman = (this.#buffer[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(0x7f);
    const start = this.#at;
    if (length === -1 || length > this.#end - start) return -1;
    this.#at = start + length;
    makeRoom(to + (isHuffman ? longestDecoded(length) : length) + LINE_MARGIN_BYTES, to);
    if (isHuffman) return huffmanDecode(this.#buffer, start, this.#at, scratch, to);
    if (length > 48) this.#buffer.copy(scratch, to, start, this.#at);
    else for (let at = 0; at < length; at += 1) scratch[to + at] = this.#buffer[start + at] ?? 0;
    return to + length;
  }

  /** A literal field whose name is `nameIndex`'s, or stands next where that is 0. Null: it is none. */
  #literal(nameIndex: number): HeaderField | null {
    if (nameIndex !== 0) {
      const named = this.#fieldAt(nameIndex);
      return named === undefined ? null : this.#valued(named.name, named.nameKind);
    }
    const end = this.#string(0);
    if (end === -1) return null;
    const name = scratch.toString('latin1', 0, end);
    return this.#valued(name, nameKind(name));
  }

  /** The line is put together as bytes and made text as a whole: a text of pieces would be gathered by each request that refers to it. */
  #valued(name: string, ofName: HeaderKind): HeaderField | null {
    const prefix = linePrefix(name, ofName);
    makeRoom(prefix.length, 0);
    const valueStart = scratch.write(prefix, 0, 'latin1');
    const valueEnd = this.#string(valueStart);
    if (valueEnd === -1) return null;
    const kind = fieldKindOf(ofName, scratch, valueStart, valueEnd);
    // Where a bad value ends is nobody's business.
    const lineEnd =
      kind === HEADER_KIND.malformed
        ? valueEnd
        : valueEnd + scratch.write(lineSuffix(ofName), valueEnd, 'latin1');
    const line = scratch.toString('latin1', 0, lineEnd);
    return new HeaderField(name, kind, ofName, { line, valueStart, valueEnd });
  }
}
