import type { ClusterIndex } from '../admission/cluster-index.ts';

/**
 * Who holds which domain among the Ingresses of files: whoever had it keeps it as long as an Ingress of that namespace
 * in force names it, wherever its file stands.
 */
export class StandingClaims {
  readonly #holders = new Map<string, string>();
  readonly #index: ClusterIndex;
  readonly #onChange: (domain: string, namespace: string | null) => void;

  constructor(index: ClusterIndex, onChange: (domain: string, namespace: string | null) => void) {
    this.#index = index;
    this.#onChange = onChange;
  }

  get holders(): ReadonlyMap<string, string> {
    return this.#holders;
  }

  /** Whose a domain is for a review: who has it, else the oldest Ingress that names it. */
  holderOf(domain: string): string | undefined {
    return this.#holders.get(domain) ?? this.#index.claimHolder(domain);
  }

  /** Looks anew at domains whose Ingresses changed. True if one of them is no longer held by whom it was. */
  settle(domains: Iterable<string>): boolean {
    let hasFreed = false;
    for (const domain of domains) {
      const before = this.#holders.get(domain);
      if (before !== undefined && this.#index.names(domain, before)) continue;
      this.#holders.delete(domain);
      const after = this.#index.claimHolder(domain);
      if (after !== undefined) this.#holders.set(domain, after);
      hasFreed ||= before !== undefined;
      if (after !== before) this.#onChange(domain, after ?? null);
    }
    return hasFreed;
  }
}
