import { allowedHosts, isAllowedHost } from './allowed-hosts.ts';
import type { IngressReading } from './ingress-reading.ts';
import { compareAge, type Metadata, objectName } from './objects/metadata.ts';
import type { Namespace } from './objects/namespace.ts';
import type { Report } from './report.ts';

/** Who may serve which domain (DESIGN 5). */
export type OwnershipOptions = {
  readonly hostOwnership: 'claims' | 'off';
  readonly catchAllNamespaces: readonly string[] | 'any';
};

/** Somebody who names a domain. */
type Claimant = { readonly reading: IngressReading };

/** Of those who name a domain, who serves it. */
export type Settlement<T> = { readonly served: readonly T[]; readonly reports: readonly Report[] };

const namespaceOf = ({ reading }: Claimant): string => reading.ingress.metadata.namespace;

const shown = (domain: string): string => (domain === '' ? 'requests for all hosts' : JSON.stringify(domain));

const report = ({ reading }: Claimant, reason: 'HostNotAllowed' | 'HostTaken', message: string): Report => {
  const { namespace, name } = reading.ingress.metadata;
  return { reason, object: { kind: 'Ingress', namespace, name }, message };
};

/**
 * Settles who serves each domain: what a namespace may not use it does not claim either; of the rest the
 * claim decides, so that nobody's Ingress can take traffic away from another namespace. A claim on record
 * beats age, so that nobody takes a host by dating an Ingress back; without one the oldest Ingress has it.
 */
export class HostOwnership {
  readonly #options: OwnershipOptions;
  /** Namespace -> the hosts that it may use; not there: all. */
  readonly #allowed = new Map<string, readonly string[]>();
  /** On record: domain -> namespace. */
  readonly #recorded = new Map<string, string>();

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  setNamespace(name: string, namespace: Namespace | undefined): void {
    const allowed = allowedHosts(namespace);
    if (allowed === null) this.#allowed.delete(name);
    else this.#allowed.set(name, allowed);
  }

  record(domain: string, namespace: string | null): void {
    if (namespace === null) this.#recorded.delete(domain);
    else this.#recorded.set(domain, namespace);
  }

  /** The namespace that holds a domain; undefined: nobody asks for it, and no claim is on record. */
  holderOf(domain: string, claimants: readonly Claimant[]): string | undefined {
    const recorded = this.#recorded.get(domain);
    if (recorded !== undefined) return recorded;
    let oldest: Metadata | undefined;
    for (const claimant of claimants) {
      const { metadata } = claimant.reading.ingress;
      if (!this.#isAllowed(claimant, domain)) continue;
      if (oldest === undefined || compareAge(metadata, oldest) < 0) oldest = metadata;
    }
    return oldest?.namespace;
  }

  settle<T extends Claimant>(domain: string, claimants: readonly T[]): Settlement<T> {
    const served: T[] = [];
    const reports: Report[] = [];
    const holder = this.holderOf(domain, claimants);
    for (const claimant of claimants) {
      const namespace = namespaceOf(claimant);
      if (!this.#isAllowed(claimant, domain)) {
        const message = `namespace ${namespace} may not serve ${shown(domain)}; its rules for it are not served.`;
        reports.push(report(claimant, 'HostNotAllowed', message));
      } else if (this.#options.hostOwnership === 'off' || holder === namespace) {
        served.push(claimant);
      } else {
        const loser = objectName(claimant.reading.ingress.metadata);
        const message = `${shown(domain)} belongs to namespace ${holder}; the rules of ${loser} for it are not served.`;
        reports.push(report(claimant, 'HostTaken', message));
      }
    }
    return { served, reports };
  }

  #isAllowed(claimant: Claimant, domain: string): boolean {
    const { catchAllNamespaces } = this.#options;
    const namespace = namespaceOf(claimant);
    if (domain === '') return catchAllNamespaces === 'any' || catchAllNamespaces.includes(namespace);
    return isAllowedHost(domain, this.#allowed.get(namespace) ?? null);
  }
}
