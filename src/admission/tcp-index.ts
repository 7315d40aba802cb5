import { TCP } from '../core/annotation-names.ts';
import { portClaim } from '../core/claimed-name.ts';
import type { Scope } from '../core/ingress-scope.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { Service } from '../core/objects/service.ts';
import type { TcpPortOptions } from '../core/tcp-ports.ts';
import { readTcpService } from '../core/tcp-reading.ts';
import type { AgedHolders } from './aged-holders.ts';
import type { ServiceName } from './cluster-view.ts';

/** One stored Service that names TCP ports, and those that it asks us for. */
type Indexed = { readonly service: Service; readonly claims: readonly string[] };

const NO_CLAIMS: readonly string[] = [];

/** The stored Services that ask for TCP ports, among all others that claim something. */
export class TcpIndex {
  readonly #options: TcpPortOptions;
  readonly #claimants: AgedHolders;
  readonly #services = new Map<string, Indexed>();

  constructor(options: TcpPortOptions, claimants: AgedHolders) {
    this.#options = options;
    this.#claimants = claimants;
  }

  /** The ports that a stored Service asks for, as `portClaim` names them. */
  claimsOf(service: ServiceName): readonly string[] {
    return this.#services.get(objectName(service))?.claims ?? NO_CLAIMS;
  }

  /** A Service came, changed or (undefined) went. */
  put(name: ServiceName, service: Service | undefined, scope: Scope): void {
    const key = objectName(name);
    const before = this.#services.get(key);
    if (before !== undefined) {
      for (const claim of before.claims) this.#claimants.remove(claim, before.service.metadata);
      this.#services.delete(key);
    }
    // Most Services name none, and cost no more than this.
    if (service === undefined || !Object.hasOwn(service.metadata.annotations, TCP)) return;
    const specs = readTcpService(service, { scope, options: this.#options })?.specs ?? [];
    const claims = specs.map(({ port }) => portClaim(port));
    this.#services.set(key, { service, claims });
    for (const claim of claims) this.#claimants.add(claim, service.metadata);
  }

  /** Whose a Service is hangs on its class. */
  rescope(scope: Scope): void {
    for (const { service } of [...this.#services.values()]) this.put(service.metadata, service, scope);
  }
}
