import type { OwnershipOptions } from './host-ownership.ts';
import { compareAge, objectName } from './objects/metadata.ts';
import type { Report } from './report.ts';
import type { TcpReading } from './tcp-reading.ts';

/** Of those who ask for a port, who has it: one Service at most, since nothing but the port tells them apart. */
export type PortSettlement = { readonly served: TcpReading | undefined; readonly reports: readonly Report[] };

const taken = ({ service }: TcpReading, port: number, by: string): Report => {
  const { namespace, name } = service.metadata;
  return {
    reason: 'PortTaken',
    object: { kind: 'Service', namespace, name },
    message: `TCP port ${port} belongs to ${by}; this Service is not served there. Ask for another port.`,
  };
};

const oldest = (claimants: readonly TcpReading[]): TcpReading | undefined =>
  claimants.toSorted((a, b) => compareAge(a.service.metadata, b.service.metadata))[0];

/**
 * Settles who has each TCP port, as HostOwnership does for hosts: the claim on record decides between namespaces,
 * without one the oldest Service; within a namespace the oldest one has it.
 */
export class PortOwnership {
  readonly #options: Pick<OwnershipOptions, 'hostOwnership'>;
  /** On record: port -> namespace. */
  readonly #recorded = new Map<number, string>();

  constructor(options: Pick<OwnershipOptions, 'hostOwnership'>) {
    this.#options = options;
  }

  record(port: number, namespace: string | null): void {
    if (namespace === null) this.#recorded.delete(port);
    else this.#recorded.set(port, namespace);
  }

  /** The namespace that holds a port; undefined: nobody asks for it, and no claim is on record. */
  holderOf(port: number, claimants: readonly TcpReading[]): string | undefined {
    return this.#recorded.get(port) ?? oldest(claimants)?.service.metadata.namespace;
  }

  settle(port: number, claimants: readonly TcpReading[]): PortSettlement {
    const holder = this.holderOf(port, claimants);
    const isOff = this.#options.hostOwnership === 'off';
    const candidates = claimants.filter(({ service }) => isOff || service.metadata.namespace === holder);
    const served = oldest(candidates);
    const reports = claimants
      .filter(claimant => claimant !== served)
      .map(claimant =>
        taken(
          claimant,
          port,
          served !== undefined && (isOff || claimant.service.metadata.namespace === holder)
            ? `Service ${objectName(served.service.metadata)}, which is older`
            : `namespace ${holder}`,
        ),
      );
    return { served, reports };
  }
}
