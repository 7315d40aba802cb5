import { compareAge, type Metadata } from '../core/objects/metadata.ts';

const NOBODY: readonly Metadata[] = [];

/** Which Ingresses name something (a domain, a route), oldest first: whoever was there first stands first. */
export class AgedHolders {
  readonly #byKey = new Map<string, Metadata[]>();

  add(key: string, ingress: Metadata): void {
    const holders = this.#byKey.get(key);
    if (holders === undefined) this.#byKey.set(key, [ingress]);
    else holders.splice(placeOf(ingress, holders), 0, ingress);
  }

  /** Takes back what was added, by the very same metadata. */
  remove(key: string, ingress: Metadata): void {
    const holders = this.#byKey.get(key);
    const at = holders?.indexOf(ingress) ?? -1;
    if (holders === undefined || at === -1) return;
    if (holders.length === 1) this.#byKey.delete(key);
    else holders.splice(at, 1);
  }

  of(key: string): readonly Metadata[] {
    return this.#byKey.get(key) ?? NOBODY;
  }

  get size(): number {
    return this.#byKey.size;
  }
}

/** Index of the first that is younger. */
const placeOf = (ingress: Metadata, holders: readonly Metadata[]): number => {
  let low = 0;
  let high = holders.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const holder = holders[middle];
    if (holder !== undefined && compareAge(holder, ingress) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
};
