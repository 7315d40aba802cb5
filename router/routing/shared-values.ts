type Shared<T> = { readonly key: string; readonly value: T; holders: number };

/** One value for one key, under a number, for as long as somebody holds it. */
export class SharedValues<T> {
  readonly #ids = new Map<string, number>();
  readonly #shared: (Shared<T> | null)[] = [];
  readonly #free: number[] = [];

  /** How many there are. */
  get size(): number {
    return this.#ids.size;
  }

  /** Undefined: nobody holds a value of this key. */
  idOf(key: string): number | undefined {
    return this.#ids.get(key);
  }

  /** A value for a key that has none; nobody holds it yet. */
  add(key: string, value: T): number {
    const id = this.#free.pop() ?? this.#shared.length;
    this.#shared[id] = { key, value, holders: 0 };
    this.#ids.set(key, id);
    return id;
  }

  at(id: number): T {
    return this.#known(id).value;
  }

  hold(id: number): void {
    this.#known(id).holders += 1;
  }

  /** One holder less; returns the value when that was the last, and its number may then be another's. */
  release(id: number): T | undefined {
    const shared = this.#known(id);
    shared.holders -= 1;
    if (shared.holders > 0) return undefined;
    this.#ids.delete(shared.key);
    this.#shared[id] = null;
    this.#free.push(id);
    return shared.value;
  }

  #known(id: number): Shared<T> {
    const shared = this.#shared[id];
    if (shared == null) throw new Error(`nobody holds the value ${id}`);
    return shared;
  }
}
