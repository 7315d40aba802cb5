import type { ClusterIndex } from '../admission/cluster-index.ts';

/**
 * Who holds which domain, and which TCP port, among the objects of files: whoever had it keeps it as long as an object
 * of that namespace in force names it, wherever its file stands.
 */
export class StandingClaims {
  readonly #holders = new Map<string, string>();
  readonly #index: ClusterIndex;
  readonly #onChange: (name: string, namespace: string | null) => void;

  constructor(index: ClusterIndex, onChange: (name: string, namespace: string | null) => void) {
    this.#index = index;
    this.#onChange = onChange;
  }

  get holders(): ReadonlyMap<string, string> {
    return this.#holders;
  }

  /** Whose something is for a review: who has it, else the oldest object that names it. */
  holderOf(name: string): string | undefined {
    return this.#holders.get(name) ?? this.#index.claimHolder(name);
  }

  /** Looks anew at what is claimed by objects that changed. True if something is no longer held by whom it was. */
  settle(claims: Iterable<string>): boolean {
    let hasFreed = false;
    for (const name of claims) {
      const before = this.#holders.get(name);
      if (before !== undefined && this.#index.names(name, before)) continue;
      this.#holders.delete(name);
      const after = this.#index.claimHolder(name);
      if (after !== undefined) this.#holders.set(name, after);
      hasFreed ||= before !== undefined;
      if (after !== before) this.#onChange(name, after ?? null);
    }
    return hasFreed;
  }
}
