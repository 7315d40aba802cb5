import { allowedHosts, isAllowedHost } from './allowed-hosts.ts';
import { claimHosts } from './claims.ts';
import type { IngressReading } from './ingress-reading.ts';
import { objectName } from './objects/metadata.ts';
import type { Namespace } from './objects/namespace.ts';
import type { Report } from './report.ts';

/** Who may serve which domain (DESIGN 5). */
export type OwnershipOptions = {
  readonly hostOwnership: 'claims' | 'off';
  readonly catchAllNamespaces: readonly string[] | 'any';
  /** Claims that the controller has recorded: domain -> namespace. */
  readonly recordedClaims?: ReadonlyMap<string, string>;
};

export type HostOwnership = {
  /** True if the namespace of this Ingress may serve the domain. */
  serves(reading: IngressReading, domain: string): boolean;
  holderOf(domain: string): string | undefined;
  readonly reports: readonly Report[];
};

const shown = (domain: string): string => (domain === '' ? 'requests for all hosts' : JSON.stringify(domain));

/**
 * Settles who serves each domain: what a namespace may not use it does not claim either; of the rest the
 * claim decides, so that nobody's Ingress can take traffic away from another namespace.
 */
export const hostOwnership = (
  readings: readonly IngressReading[],
  namespaces: readonly Namespace[],
  options: OwnershipOptions,
): HostOwnership => {
  const allowed = new Map(namespaces.map(namespace => [namespace.metadata.name, allowedHosts(namespace)]));
  const { catchAllNamespaces } = options;
  const isAllowed = ({ ingress }: IngressReading, domain: string): boolean => {
    const { namespace } = ingress.metadata;
    if (domain === '') return catchAllNamespaces === 'any' || catchAllNamespaces.includes(namespace);
    return isAllowedHost(domain, allowed.get(namespace) ?? null);
  };
  const domainsOf = ({ rules }: IngressReading): readonly string[] => [
    ...new Set(rules.flatMap(rule => rule.domains)),
  ];
  const claims = claimHosts(
    readings.map(reading => ({
      metadata: reading.ingress.metadata,
      hosts: domainsOf(reading).filter(domain => isAllowed(reading, domain)),
    })),
    options.recordedClaims,
  );
  const holds = ({ ingress }: IngressReading, domain: string): boolean =>
    options.hostOwnership === 'off' || claims.holderOf(domain) === ingress.metadata.namespace;
  const reports = readings.flatMap(reading =>
    domainsOf(reading).flatMap((domain): readonly Report[] => {
      const { namespace, name } = reading.ingress.metadata;
      const object = { kind: 'Ingress', namespace, name };
      if (!isAllowed(reading, domain)) {
        return [
          {
            reason: 'HostNotAllowed',
            object,
            message: `namespace ${namespace} may not serve ${shown(domain)}; its rules for it are not served.`,
          },
        ];
      }
      if (holds(reading, domain)) return [];
      return [
        {
          reason: 'HostTaken',
          object,
          message: `${shown(domain)} belongs to namespace ${claims.holderOf(domain)}; the rules of ${objectName({ namespace, name })} for it are not served.`,
        },
      ];
    }),
  );
  return {
    serves: (reading, domain) => isAllowed(reading, domain) && holds(reading, domain),
    holderOf: domain => claims.holderOf(domain),
    reports,
  };
};
