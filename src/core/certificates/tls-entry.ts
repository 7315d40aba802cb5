import { canonicalHost } from '../host.ts';
import type { IngressReading } from '../ingress-reading.ts';
import { compareAge, type Metadata } from '../objects/metadata.ts';

/** One entry of an Ingress' `spec.tls`, as far as it says which certificate its hosts get. */
export type TlsEntry = {
  /** Whose it is. */
  readonly ingress: Metadata;
  /** In `spec.tls`. */
  readonly index: number;
  /** Of the Ingress' own namespace; null: the router's default certificate. */
  readonly secret: string | null;
  /** Canonical; the domains of all rules where it names no host. */
  readonly hosts: readonly string[];
  readonly namesHosts: boolean;
};

/** What an Ingress' `spec.tls` says. Rule hosts may be keys by now; the hosts here are never anything but names. */
export const tlsEntriesOf = ({
  ingress,
  rules,
}: Pick<IngressReading, 'ingress' | 'rules'>): readonly TlsEntry[] =>
  ingress.tls.map(({ hosts, secretName }, index) => ({
    ingress: ingress.metadata,
    index,
    // Empty is as good as missing, as the API server has it.
    secret: secretName === '' ? null : secretName,
    hosts:
      hosts.length === 0
        ? [...new Set(rules.flatMap(({ domains }) => domains))]
        : [...new Set(hosts.flatMap(host => canonicalHost(host) ?? []))],
    namesHosts: hosts.length > 0,
  }));

/** `*.taobao.com` for `www.taobao.com`; null where no wildcard covers it. */
export const wildcardOver = (domain: string): string | null => {
  const dot = domain.indexOf('.');
  return dot <= 0 || domain.startsWith('*.') ? null : `*${domain.slice(dot)}`;
};

const rank = (entry: TlsEntry, domain: string): number =>
  entry.hosts.includes(domain) ? (entry.namesHosts ? 0 : 1) : 2;

/** Whoever names the domain itself before whoever only has a rule for it, before a wildcard; then the oldest Ingress, then in order. */
export const inOrderFor = (domain: string, entries: readonly TlsEntry[]): readonly TlsEntry[] =>
  entries.toSorted(
    (a, b) => rank(a, domain) - rank(b, domain) || compareAge(a.ingress, b.ingress) || a.index - b.index,
  );
