/** Sizes below this are not worth a look for what has gone. */
const MIN_SWEEP_SIZE = 64;

/**
 * What routes have in common, by a text that says what it is made of: compiled tickets, and what policies remember
 * from request to request (counts, checked passwords; all routes of an Ingress share those, as in ingress-nginx).
 * A table swap does not forget it. Held weakly: it goes with its last route.
 */
export class WeakMemory {
  readonly #known = new Map<string, WeakRef<object>>();
  #sweepAt = MIN_SWEEP_SIZE;

  /** `key` names the kind of thing too: what it names is always made by the same `make`. */
  of<T extends object>(key: string, make: () => T): T {
    const known = this.find<T>(key);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(key, new WeakRef(made));
    if (this.#known.size >= this.#sweepAt) this.#sweep();
    return made;
  }

  /** What was made under this key, if it is still there. */
  find<T extends object>(key: string): T | undefined {
    return this.#known.get(key)?.deref() as T | undefined;
  }

  #sweep(): void {
    for (const [key, reference] of this.#known) if (reference.deref() === undefined) this.#known.delete(key);
    this.#sweepAt = Math.max(MIN_SWEEP_SIZE, this.#known.size * 2);
  }
}
