/**
 * Several values under one key, each once, in the order in which they came. Most keys have one value, which costs
 * no set of its own: of 100,000 sets with one member each the sets alone are 20 MB.
 */
export class MultiMap<V extends object | string> {
  readonly #values = new Map<string, V | Set<V>>();

  get(key: string): readonly V[] {
    const found = this.#values.get(key);
    if (found === undefined) return [];
    return found instanceof Set ? [...found] : [found];
  }

  count(key: string): number {
    const found = this.#values.get(key);
    if (found === undefined) return 0;
    return found instanceof Set ? found.size : 1;
  }

  keys(): Iterable<string> {
    return this.#values.keys();
  }

  add(key: string, value: V): void {
    const found = this.#values.get(key);
    if (found === undefined) this.#values.set(key, value);
    else if (found instanceof Set) found.add(value);
    else if (found !== value) this.#values.set(key, new Set([found, value]));
  }

  delete(key: string, value: V): void {
    const found = this.#values.get(key);
    if (found instanceof Set) {
      found.delete(value);
      if (found.size === 0) this.#values.delete(key);
    } else if (found === value) this.#values.delete(key);
  }
}
