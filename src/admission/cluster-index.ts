import { allowedHosts, isAllowedHost } from '../core/allowed-hosts.ts';
import { type ClaimRecords, claimShard, readClaimRecords } from '../core/claim-records.ts';
import { claimedPort, portClaim } from '../core/claimed-name.ts';
import { EDGE_OF_LABEL } from '../core/edge-service.ts';
import { readIngress } from '../core/ingress-reading.ts';
import { ingressClassOf, type Scope, scopeOf } from '../core/ingress-scope.ts';
import type { ObjectKey } from '../core/object-changes.ts';
import type { ConfigMap } from '../core/objects/config-map.ts';
import type { EndpointSlice } from '../core/objects/endpoint-slice.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { Namespace } from '../core/objects/namespace.ts';
import type { Service } from '../core/objects/service.ts';
import type { AdmissionOptions } from './admission-options.ts';
import { AgedHolders } from './aged-holders.ts';
import type { ClusterView, EdgeName, RouteName, ServiceName } from './cluster-view.ts';
import { routeIdentity, routesOf } from './ingress-routes.ts';
import { TcpIndex } from './tcp-index.ts';

/** One object that is not what it was. */
export type IndexChange<T> = {
  /** Empty for kinds of cluster scope. */
  readonly namespace: string;
  readonly name: string;
  /** Undefined: it is gone. */
  readonly after: T | undefined;
};

/**
 * What changed since the last batch. A kind that is named counts as known from then on, an empty list included:
 * the first batch holds everything that is there.
 */
export type IndexChanges = {
  readonly ingressClasses?: readonly IndexChange<IngressClass>[];
  readonly namespaces?: readonly IndexChange<Namespace>[];
  readonly services?: readonly IndexChange<Service>[];
  /** Those of edge Services: the others' are nothing that admission asks about. */
  readonly edgeSlices?: readonly IndexChange<EndpointSlice>[];
  readonly ingresses?: readonly IndexChange<Ingress>[];
  /** The controller's record of who holds which host and port (`src/core/claim-records.ts`). */
  readonly claimMaps?: readonly IndexChange<ConfigMap>[];
};

const KINDS = {
  ingressClasses: 'IngressClasses',
  namespaces: 'Namespaces',
  services: 'Services',
  edgeSlices: 'EndpointSlices',
  ingresses: 'Ingresses',
  claimMaps: 'claims of hosts and ports',
} as const satisfies Record<keyof IndexChanges, string>;

/** What one stored Ingress put into the index, so that it can be taken out again. */
type Indexed = {
  readonly ingress: Ingress;
  readonly domains: readonly string[];
  readonly routes: readonly string[];
};

type KnownNamespace = { readonly namespace: Namespace; readonly allowed: readonly string[] | null };

const put = <T>(map: Map<string, T>, { namespace, name, after }: IndexChange<T>): void => {
  const key = objectName({ namespace, name });
  if (after === undefined) map.delete(key);
  else map.set(key, after);
};

/**
 * The stored objects by what a review asks about: built from changes as they come, so that a review costs a few
 * look-ups whether there are ten Ingresses or ten thousand (DESIGN 5, "Cost"). Pure: who feeds it knows where
 * the objects come from.
 */
export class ClusterIndex implements ClusterView {
  readonly #options: AdmissionOptions;
  #missing: ReadonlySet<keyof IndexChanges> = new Set(Object.keys(KINDS) as (keyof IndexChanges)[]);
  #scope: Scope;
  #ingressClasses: readonly IngressClass[] | null = null;
  readonly #namespaces = new Map<string, KnownNamespace>();
  readonly #services = new Map<string, Service>();
  /** `namespace/service` -> name of the slice -> slice. */
  readonly #slices = new Map<string, Map<string, EndpointSlice>>();
  /** `namespace/slice` -> `namespace/service`: a slice that is gone no longer says whose it was. */
  readonly #sliceOwners = new Map<string, string>();
  readonly #ingresses = new Map<string, Indexed>();
  readonly #claimants = new AgedHolders();
  readonly #routes = new AgedHolders();
  readonly #tcp: TcpIndex;
  /** By ConfigMap: a change of one host is read with its shard alone. */
  readonly #claims = new Map<string, ClaimRecords>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#scope = scopeOf(options, null);
    this.#tcp = new TcpIndex(options, this.#claimants);
  }

  apply(changes: IndexChanges): void {
    const known = Object.keys(changes) as (keyof IndexChanges)[];
    this.#missing = new Set([...this.#missing].filter(kind => !known.includes(kind)));
    for (const change of changes.namespaces ?? []) this.#putNamespace(change);
    for (const change of changes.edgeSlices ?? []) this.#putSlice(change);
    for (const change of changes.claimMaps ?? []) this.#putClaims(change);
    // Whose an object is depends on its class: first the classes, then Services and Ingresses.
    if (changes.ingressClasses !== undefined) this.#putClasses(changes.ingressClasses);
    for (const change of changes.services ?? []) {
      put(this.#services, change);
      this.#tcp.put(change, change.after, this.#scope);
    }
    for (const change of changes.ingresses ?? []) this.#putIngress(change);
  }

  get missing(): readonly string[] {
    return [...this.#missing].map(kind => KINDS[kind]);
  }

  get ingressClasses(): readonly IngressClass[] | null {
    return this.#ingressClasses;
  }

  namespace(name: string): Namespace | undefined {
    return this.#namespaces.get(name)?.namespace;
  }

  service(namespace: string, name: string): Service | undefined | null {
    return this.#missing.has('services') ? null : this.#services.get(objectName({ namespace, name }));
  }

  /** Nobody follows Secrets here: a review looks at its own. */
  secret(): null {
    return null;
  }

  /** A recorded claim, else the oldest object whose namespace may use what is claimed: as the router has it. */
  claimHolder(name: string): string | undefined {
    return (
      this.#claims.get(claimShard(name))?.get(name)?.namespace ??
      this.#claimants.of(name).find(({ namespace }) => this.#mayUse(namespace, name))?.namespace
    );
  }

  portClaimants(port: number): readonly ServiceName[] {
    return this.#claimants.of(portClaim(port));
  }

  /** What a stored object claims: the domains of an Ingress, the TCP ports of a Service. */
  claimsOf({ kind, namespace, name }: ObjectKey): readonly string[] {
    if (kind === 'Service') return this.#tcp.claimsOf({ namespace, name });
    return kind === 'Ingress' ? (this.#ingresses.get(objectName({ namespace, name }))?.domains ?? []) : [];
  }

  /** True if an object of this namespace names what is claimed, whoever holds it. */
  names(name: string, namespace: string): boolean {
    return this.#claimants.of(name).some(claimant => claimant.namespace === namespace);
  }

  routeHolder(route: RouteName, except: string): string | undefined {
    const holder = this.#routes.of(routeIdentity(route))[0]?.name;
    return holder === except ? undefined : holder;
  }

  /** Known of edge Services that are there and ours: their slices carry our label, and those alone are read. */
  readyEdgeEndpoints({ namespace, edge }: EdgeName): number | null {
    const key = objectName({ namespace, name: edge });
    const labels = this.#services.get(key)?.metadata.labels;
    if (labels === undefined || !Object.hasOwn(labels, EDGE_OF_LABEL)) return null;
    if (this.#missing.has('edgeSlices')) return null;
    const ready = new Set<string>();
    for (const { endpoints } of this.#slices.get(key)?.values() ?? []) {
      for (const endpoint of endpoints) {
        const [address = ''] = endpoint.addresses;
        if (endpoint.ready) ready.add(endpoint.targetRef?.uid ?? address);
      }
    }
    return ready.size;
  }

  #mayUse(namespace: string, domain: string): boolean {
    const { catchAllNamespaces } = this.#options;
    if (claimedPort(domain) !== undefined) return true;
    if (domain === '') return catchAllNamespaces === 'any' || catchAllNamespaces.includes(namespace);
    return isAllowedHost(domain, this.#namespaces.get(namespace)?.allowed ?? null);
  }

  #putNamespace({ name, after }: IndexChange<Namespace>): void {
    if (after === undefined) this.#namespaces.delete(name);
    else this.#namespaces.set(name, { namespace: after, allowed: allowedHosts(after) });
  }

  #putClaims({ name, after }: IndexChange<ConfigMap>): void {
    if (after === undefined) this.#claims.delete(name);
    else this.#claims.set(name, readClaimRecords(after));
  }

  #putSlice({ namespace, name, after }: IndexChange<EndpointSlice>): void {
    const sliceKey = objectName({ namespace, name });
    const before = this.#sliceOwners.get(sliceKey);
    const ofBefore = before === undefined ? undefined : this.#slices.get(before);
    ofBefore?.delete(name);
    if (before !== undefined && ofBefore?.size === 0) this.#slices.delete(before);
    this.#sliceOwners.delete(sliceKey);
    if (after === undefined || after.service === null) return;
    const owner = objectName({ namespace, name: after.service });
    this.#sliceOwners.set(sliceKey, owner);
    const slices = this.#slices.get(owner);
    if (slices === undefined) this.#slices.set(owner, new Map([[name, after]]));
    else slices.set(name, after);
  }

  /** A class that becomes ours or ceases to be moves the Ingresses that name it, and no others. */
  #putClasses(changes: readonly IndexChange<IngressClass>[]): void {
    const names = new Set(changes.map(({ name }) => name));
    const unchanged = (this.#ingressClasses ?? []).filter(({ metadata }) => !names.has(metadata.name));
    this.#ingressClasses = [...unchanged, ...changes.flatMap(({ after }) => after ?? [])];
    this.#scope = scopeOf(this.#options, this.#ingressClasses);
    this.#tcp.rescope(this.#scope);
    for (const { ingress } of [...this.#ingresses.values()]) {
      if (!names.has(ingressClassOf(ingress) ?? '')) continue;
      const { namespace, name } = ingress.metadata;
      this.#putIngress({ namespace, name, after: ingress });
    }
  }

  #putIngress({ namespace, name, after }: IndexChange<Ingress>): void {
    const key = objectName({ namespace, name });
    const before = this.#ingresses.get(key);
    if (before !== undefined) this.#forget(before);
    if (after === undefined) {
      this.#ingresses.delete(key);
      return;
    }
    const indexed = this.#indexed(after);
    this.#ingresses.set(key, indexed);
    for (const domain of indexed.domains) this.#claimants.add(domain, after.metadata);
    for (const route of indexed.routes) this.#routes.add(route, after.metadata);
  }

  #indexed(ingress: Ingress): Indexed {
    const reading = readIngress(ingress, { scope: this.#scope, annotation: this.#options.annotation });
    // A canary serves nothing and never competes (DESIGN 5).
    if (reading === null || reading.nginx.canary) return { ingress, domains: [], routes: [] };
    return {
      ingress,
      domains: [...new Set(reading.rules.flatMap(rule => rule.domains))],
      routes: [...new Set(routesOf(reading).map(routeIdentity))],
    };
  }

  #forget({ ingress, domains, routes }: Indexed): void {
    for (const domain of domains) this.#claimants.remove(domain, ingress.metadata);
    for (const route of routes) this.#routes.remove(route, ingress.metadata);
  }
}
