/** Of a slot: the name's hash, where its bytes begin, how many they are plus one (0: the slot is free), its number. */
const SLOT_WORDS = 4;
const START = 1;
const SIZE = 2;
const VALUE = 3;

const LEAST_SLOTS = 16;
const LEAST_NAME_BYTES = 256;

/** murmur's multiplier; each step depends on the seed, so nobody can choose names that share a hash for every seed. */
const MULTIPLIER = 0x5bd1e995;

const hashOf = (name: string, from: number, seed: number): number => {
  let hash = seed;
  for (let at = from; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), MULTIPLIER);
    hash ^= hash >>> 15;
  }
  return hash;
};

/**
 * Host names and a number for each, without an object or string a name: all of it stands in two typed arrays, so that
 * a look-up among 100,000 names touches two cache lines that others do not, and the collector has nothing to walk. A
 * Map of strings costs four times that in memory, makes each asked name a string of its own, and cost 3 µs a request
 * at that size (docs/performance.md).
 *
 * Open addressing with linear probing; at most half of the slots are taken, and a removal moves up what follows.
 */
export class HostIndex {
  readonly #seed: number;
  #slots = new Int32Array(LEAST_SLOTS * SLOT_WORDS);
  #mask = LEAST_SLOTS - 1;
  #size = 0;
  /** ASCII, one name after the other. */
  #names = new Uint8Array(LEAST_NAME_BYTES);
  #namesEnd = 0;
  /** Bytes of names that went. */
  #unused = 0;

  /** `seed`: 32 random bits. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the name that begins at `from` and goes on to the end of the text; -1: there is none. */
  find(text: string, from = 0): number {
    const slot = this.#slotOf(text, from, hashOf(text, from, this.#seed));
    return this.#word(slot, SIZE) === 0 ? -1 : this.#word(slot, VALUE);
  }

  /** `name` is ASCII, `value` not negative. */
  set(name: string, value: number): void {
    const hash = hashOf(name, 0, this.#seed);
    const slot = this.#slotOf(name, 0, hash);
    if (this.#word(slot, SIZE) !== 0) {
      this.#slots[slot * SLOT_WORDS + VALUE] = value;
      return;
    }
    const start = this.#addName(name);
    this.#slots.set([hash, start, name.length + 1, value], slot * SLOT_WORDS);
    this.#size += 1;
    if (this.#size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2);
  }

  delete(name: string): void {
    const slot = this.#slotOf(name, 0, hashOf(name, 0, this.#seed));
    if (this.#word(slot, SIZE) === 0) return;
    this.#unused += name.length;
    this.#size -= 1;
    this.#close(slot);
    if (this.#unused > LEAST_NAME_BYTES && this.#unused * 2 > this.#namesEnd) this.#compact();
  }

  /** The slot that the name has, or the free one that it would get. */
  #slotOf(text: string, from: number, hash: number): number {
    const size = text.length - from + 1;
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const taken = this.#word(slot, SIZE);
      if (taken === 0) return slot;
      if (taken === size && this.#word(slot, 0) === hash && this.#isNamed(slot, text, from)) return slot;
    }
  }

  #isNamed(slot: number, text: string, from: number): boolean {
    const names = this.#names;
    const offset = this.#word(slot, START) - from;
    for (let at = from; at < text.length; at += 1)
      if (names[offset + at] !== text.charCodeAt(at)) return false;
    return true;
  }

  #word(slot: number, word: number): number {
    return this.#slots[slot * SLOT_WORDS + word] ?? 0;
  }

  /** Frees a slot: what a search would no longer find past the gap moves into it. */
  #close(freed: number): void {
    let gap = freed;
    for (let slot = (gap + 1) & this.#mask; this.#word(slot, SIZE) !== 0; slot = (slot + 1) & this.#mask) {
      const home = this.#word(slot, 0) & this.#mask;
      if (((slot - home) & this.#mask) < ((slot - gap) & this.#mask)) continue;
      this.#slots.copyWithin(gap * SLOT_WORDS, slot * SLOT_WORDS, (slot + 1) * SLOT_WORDS);
      gap = slot;
    }
    this.#slots.fill(0, gap * SLOT_WORDS, (gap + 1) * SLOT_WORDS);
  }

  #addName(name: string): number {
    const start = this.#namesEnd;
    const end = start + name.length;
    if (end > this.#names.length) {
      const grown = new Uint8Array(Math.max(this.#names.length * 2, end));
      grown.set(this.#names);
      this.#names = grown;
    }
    for (let at = 0; at < name.length; at += 1) this.#names[start + at] = name.charCodeAt(at);
    this.#namesEnd = end;
    return start;
  }

  #resize(slots: number): void {
    const old = this.#slots;
    this.#slots = new Int32Array(slots * SLOT_WORDS);
    this.#mask = slots - 1;
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      if (old[at + SIZE] === 0) continue;
      let slot = (old[at] ?? 0) & this.#mask;
      while (this.#word(slot, SIZE) !== 0) slot = (slot + 1) & this.#mask;
      this.#slots.set(old.subarray(at, at + SLOT_WORDS), slot * SLOT_WORDS);
    }
  }

  /** Leaves the bytes of names that went behind. */
  #compact(): void {
    const names = new Uint8Array(Math.max(LEAST_NAME_BYTES, (this.#namesEnd - this.#unused) * 2));
    let end = 0;
    for (let at = 0; at < this.#slots.length; at += SLOT_WORDS) {
      const size = this.#slots[at + SIZE] ?? 0;
      if (size === 0) continue;
      const start = this.#slots[at + START] ?? 0;
      names.set(this.#names.subarray(start, start + size - 1), end);
      this.#slots[at + START] = end;
      end += size - 1;
    }
    this.#names = names;
    this.#namesEnd = end;
    this.#unused = 0;
  }
}
