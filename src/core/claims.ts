import { compareAge, type Metadata } from './objects/metadata.ts';

/** What one Ingress asks for. */
export type ClaimedHosts = { readonly metadata: Metadata; readonly hosts: readonly string[] };

/** An Ingress whose rules for a host are not served, because another namespace holds the host. */
export type LostHost = { readonly host: string; readonly ingress: Metadata; readonly holder: string };

export type Claims = {
  /** The namespace that holds a host; undefined: nobody asks for it, and no claim is recorded. */
  holderOf(host: string): string | undefined;
  /** Sorted by host, then by the age of the Ingress. */
  readonly losers: readonly LostHost[];
};

const compareLost = (a: LostHost, b: LostHost): number =>
  a.host < b.host ? -1 : a.host > b.host ? 1 : compareAge(a.ingress, b.ingress);

/**
 * Which namespace holds each host (DESIGN 5 "Claims"): a recorded claim wins, so that nobody takes a host
 * by dating an Ingress back; without one the oldest Ingress, then namespace and name.
 */
export const claimHosts = (
  ingressHosts: readonly ClaimedHosts[],
  recorded: ReadonlyMap<string, string> = new Map(),
): Claims => {
  const oldest = new Map<string, Metadata>();
  for (const { metadata, hosts } of ingressHosts) {
    for (const host of hosts) {
      const known = oldest.get(host);
      if (known === undefined || compareAge(metadata, known) < 0) oldest.set(host, metadata);
    }
  }
  const holderOf = (host: string): string | undefined => recorded.get(host) ?? oldest.get(host)?.namespace;
  const losers = ingressHosts.flatMap(({ metadata, hosts }) =>
    [...new Set(hosts)].flatMap((host): readonly LostHost[] => {
      const holder = holderOf(host);
      return holder === undefined || holder === metadata.namespace
        ? []
        : [{ host, ingress: metadata, holder }];
    }),
  );
  return { holderOf, losers: losers.sort(compareLost) };
};
