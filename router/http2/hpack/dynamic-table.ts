import type { HeaderField } from './header-field.ts';

/** Each entry counts 32 bytes more than it holds (RFC 7541 4.1): a power of two, for 4,096 bytes. */
const SLOTS = 128;

/** What a peer's encoder may have us remember; the default of the protocol, and all we offer. */
export const MAX_TABLE_BYTES = 4_096;

/** The fields that a peer refers to by number, newest first (RFC 7541 2.3.2): a ring, so that adding moves none. */
export class DynamicTable {
  /** Most connections of load balancers and probes never add one. */
  #slots: (HeaderField | undefined)[] | null = null;
  #next = 0;
  #count = 0;
  #size = 0;
  #maxSize = MAX_TABLE_BYTES;

  get count(): number {
    return this.#count;
  }

  get size(): number {
    return this.#size;
  }

  /** Counted from 0, the newest. */
  at(index: number): HeaderField | undefined {
    if (this.#slots === null || index >= this.#count) return undefined;
    return this.#slots[(this.#next - 1 - index) & (SLOTS - 1)];
  }

  /** False if that is more than we offer (RFC 7541 6.3). */
  resize(maxSize: number): boolean {
    if (maxSize > MAX_TABLE_BYTES) return false;
    this.#maxSize = maxSize;
    this.#evictTo(maxSize);
    return true;
  }

  /** A field that is larger than the table empties it, and is no fault (RFC 7541 4.4). */
  add(field: HeaderField): void {
    this.#evictTo(this.#maxSize - field.size);
    if (field.size > this.#maxSize) return;
    this.#slots ??= new Array<HeaderField | undefined>(SLOTS).fill(undefined);
    this.#slots[this.#next & (SLOTS - 1)] = field;
    this.#next = (this.#next + 1) & (SLOTS - 1);
    this.#count += 1;
    this.#size += field.size;
  }

  #evictTo(size: number): void {
    if (this.#slots === null) return;
    while (this.#size > size && this.#count > 0) {
      const place = (this.#next - this.#count) & (SLOTS - 1);
      this.#size -= this.#slots[place]?.size ?? 0;
      this.#slots[place] = undefined;
      this.#count -= 1;
    }
  }
}
