import { canonicalJson } from '../canonical-json.ts';
import { type TlsEntry, tlsEntriesOf, wildcardOver } from '../certificates/tls-entry.ts';
import type { IngressReading } from '../ingress-reading.ts';
import { MultiMap } from '../multi-map.ts';

/** The domains whose certificate may be another now; a wildcard stands for itself and for what is below it. */
export type TouchedDomains = readonly string[];

const NO_ENTRIES: readonly TlsEntry[] = [];

const nameIn = (namespace: string, host: string): string => `${namespace}/${host}`;

/** Whatever the order of entries, and what they say, hangs on. */
const identityOf = ({ ingress, secret, hosts, namesHosts }: TlsEntry): unknown => {
  const { createdMs, file, fileOrder } = ingress;
  return { createdMs, file, fileOrder, secret, hosts, namesHosts };
};

const sameEntries = (a: readonly TlsEntry[], b: readonly TlsEntry[]): boolean =>
  canonicalJson(a.map(identityOf)) === canonicalJson(b.map(identityOf));

/** The entries of all `spec.tls`, by namespace and by the hosts that they are for. */
export class TlsTable {
  readonly #byHost = new MultiMap<TlsEntry>();
  /** By name of the Ingress; those without any are not in it. */
  readonly #byIngress = new Map<string, readonly TlsEntry[]>();

  /** True where nobody asks for a certificate, as in many installations behind a balancer that ends TLS. */
  get isEmpty(): boolean {
    return this.#byIngress.size === 0;
  }

  /** Takes over what an Ingress says now. */
  replace(name: string, after: IngressReading | undefined): TouchedDomains {
    const before = this.#byIngress.get(name) ?? NO_ENTRIES;
    const now = after === undefined ? NO_ENTRIES : tlsEntriesOf(after);
    if (sameEntries(before, now)) return [];
    this.#remove(name, before);
    this.#add(name, now);
    return [...new Set([...before, ...now].flatMap(({ hosts }) => hosts))];
  }

  /** The entries of a namespace that cover a domain: by its name, or by a wildcard for exactly one label. */
  entriesFor(domain: string, namespace: string): readonly TlsEntry[] {
    const exact = this.#byHost.get(nameIn(namespace, domain));
    const wildcard = wildcardOver(domain);
    if (wildcard === null) return exact;
    // The domains of an Ingress' own rules are what they are: `*.taobao.com` there is a domain of its own.
    const wild = this.#byHost.get(nameIn(namespace, wildcard)).filter(({ namesHosts }) => namesHosts);
    return [...new Set([...exact, ...wild])];
  }

  #add(name: string, entries: readonly TlsEntry[]): void {
    if (entries.length > 0) this.#byIngress.set(name, entries);
    for (const entry of entries) for (const key of this.#keysOf(entry)) this.#byHost.add(key, entry);
  }

  #remove(name: string, entries: readonly TlsEntry[]): void {
    this.#byIngress.delete(name);
    for (const entry of entries) for (const key of this.#keysOf(entry)) this.#byHost.delete(key, entry);
  }

  #keysOf({ ingress, hosts }: TlsEntry): readonly string[] {
    return hosts.map(host => nameIn(ingress.namespace, host));
  }
}
