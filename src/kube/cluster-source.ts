import { secretsAskedFor } from '../core/asked-secret.ts';
import { recordedClaims } from '../core/claim-records.ts';
import { EDGE_OF_LABEL } from '../core/edge-service.ts';
import { HeldBackEndpoints } from '../core/held-back-endpoints.ts';
import { type ScopeOptions, scopeOf } from '../core/ingress-scope.ts';
import { type ObjectChanges, PendingChanges } from '../core/object-changes.ts';
import type { ConfigMap } from '../core/objects/config-map.ts';
import type { EndpointSlice } from '../core/objects/endpoint-slice.ts';
import type { Ingress } from '../core/objects/ingress.ts';
import type { IngressClass } from '../core/objects/ingress-class.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { Namespace } from '../core/objects/namespace.ts';
import type { KubernetesObject, ObjectSnapshot } from '../core/objects/objects.ts';
import type { Secret } from '../core/objects/secret.ts';
import type { Service } from '../core/objects/service.ts';
import type { Clock } from './clock.ts';
import type { ObjectRef } from './kind.ts';
import { CONFIG_MAP, ENDPOINT_SLICE, INGRESS, INGRESS_CLASS, NAMESPACE, SERVICE } from './kinds.ts';
import type { FollowedSecrets, SecretListener } from './named-secrets.ts';
import type { KindsOf } from './store/create-stores.ts';
import type { Change, ChangeBatch, StoreSet } from './store/object-store.ts';

/** All that a router reads of a cluster, but for the Secrets that somebody lets it read, one by one. */
export type RouterKinds = {
  readonly ingresses: Ingress;
  readonly ingressClasses: IngressClass;
  readonly services: Service;
  readonly endpointSlices: EndpointSlice;
  readonly namespaces: Namespace;
  /** Of our own namespace: the claims. */
  readonly claims: ConfigMap;
};

export const ROUTER_KINDS: KindsOf<RouterKinds> = {
  ingresses: INGRESS,
  ingressClasses: INGRESS_CLASS,
  services: SERVICE,
  endpointSlices: ENDPOINT_SLICE,
  namespaces: NAMESPACE,
  claims: CONFIG_MAP,
};

const PLAIN = ['ingresses', 'ingressClasses', 'services', 'namespaces'] as const;

const KIND_OF = {
  ingresses: 'Ingress',
  ingressClasses: 'IngressClass',
  services: 'Service',
  namespaces: 'Namespace',
} as const satisfies Record<(typeof PLAIN)[number], KubernetesObject['kind']>;

/** A router that starts beside a working API server waits this long for Secrets, rather than close what was open. */
const SETTLE_MS = 2_000;

type SourceDeps = {
  readonly reading: ScopeOptions & { readonly annotation: string };
  readonly secrets: FollowedSecrets;
  /** That of the default certificate; null: none is wanted. */
  readonly defaultSecret: ObjectRef | null;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** There is something to take. */
  readonly onChange: () => void;
};

/** A cluster as a source of objects for the one pipeline (DESIGN 10): what its stores tell, endpoints held back as DESIGN 6 says. */
export class ClusterSource implements SecretListener {
  readonly #stores: StoreSet<RouterKinds>['stores'];
  readonly #deps: SourceDeps;
  readonly #pending = new PendingChanges();
  readonly #heldBack = new HeldBackEndpoints();
  /** Slices as they are routed to, by namespace and name. */
  readonly #slices = new Map<string, EndpointSlice>();
  #claims: ReadonlyMap<string, string> = new Map();
  readonly #secrets: FollowedSecrets;
  /** By namespace and name of the Ingress that asks for them. */
  readonly #asked = new Map<string, readonly ObjectRef[]>();
  #hasBegun = false;
  /** False until there are Secrets for the first plan, or they took too long. */
  #isTelling = false;
  #cancel: (() => void) | null = null;
  #cancelSettling: (() => void) | null = null;

  constructor(watched: Pick<StoreSet<RouterKinds>, 'stores' | 'subscribe'>, deps: SourceDeps) {
    this.#stores = watched.stores;
    this.#deps = deps;
    this.#secrets = deps.secrets;
    deps.secrets.listen(this);
    watched.subscribe(batch => this.#take(batch));
    // The default certificate is nobody's Ingress'.
    if (deps.defaultSecret !== null) this.#followAsked();
  }

  get claims(): ReadonlyMap<string, string> {
    return this.#claims;
  }

  get snapshot(): ObjectSnapshot {
    const { ingresses, ingressClasses, services, namespaces } = this.#stores;
    return {
      ingresses: [...ingresses.values()],
      ingressClasses: [...ingressClasses.values()],
      services: [...services.values()],
      namespaces: [...namespaces.values()],
      endpointSlices: [...this.#slices.values()],
      pods: [],
      secrets: [...this.#secrets.values()],
    };
  }

  takeChanges(): ObjectChanges {
    return this.#pending.take();
  }

  /** Nothing is told after this. */
  stop(): void {
    this.#cancelSettling?.();
    this.#cancel?.();
    this.#cancel = null;
  }

  secretChanged({ namespace, name }: ObjectRef, secret: Secret | undefined): void {
    if (secret === undefined) this.#pending.remove({ kind: 'Secret', namespace, name });
    else this.#pending.set(secret);
    this.#tell();
  }

  secretsSettled(): void {
    if (this.#hasBegun && this.#secrets.settled) this.#beginTelling();
  }

  #take(batch: ChangeBatch<RouterKinds>): void {
    for (const name of PLAIN) for (const change of batch[name]) this.#note(KIND_OF[name], change);
    for (const change of batch.endpointSlices) this.#noteSlice(change);
    if (batch.claims.length > 0) this.#readClaims();
    const isFirst = !this.#hasBegun;
    this.#hasBegun = true;
    this.#askForSecrets(batch);
    if (this.#isTelling) this.#tell();
    else if (this.#secrets.settled) this.#beginTelling();
    else if (isFirst) this.#cancelSettling = this.#deps.clock.after(SETTLE_MS, () => this.#beginTelling());
  }

  #beginTelling(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#tell();
  }

  #askForSecrets({ ingresses, ingressClasses }: ChangeBatch<RouterKinds>): void {
    if (ingresses.length === 0 && ingressClasses.length === 0) return;
    const { reading } = this.#deps;
    const scope = scopeOf(reading, [...this.#stores.ingressClasses.values()]);
    const note = (ingress: Ingress): void => {
      const asked = secretsAskedFor(ingress, { scope, annotation: reading.annotation });
      const key = objectName(ingress.metadata);
      if (asked.length === 0) this.#asked.delete(key);
      else this.#asked.set(key, asked);
    };
    if (ingressClasses.length > 0) for (const ingress of this.#stores.ingresses.values()) note(ingress);
    for (const { namespace, name, after } of ingresses) {
      if (after === undefined) this.#asked.delete(objectName({ namespace, name }));
      else if (ingressClasses.length === 0) note(after);
    }
    this.#followAsked();
  }

  #followAsked(): void {
    const { defaultSecret } = this.#deps;
    const asked = [...this.#asked.values()].flat();
    this.#secrets.follow(defaultSecret === null ? asked : [...asked, defaultSecret]);
  }

  #note(kind: KubernetesObject['kind'], { namespace, name, after }: Change<KubernetesObject>): void {
    if (after === undefined) this.#pending.remove({ kind, namespace, name });
    else this.#pending.set(after);
  }

  #noteSlice({ namespace, name, before, after }: Change<EndpointSlice>): void {
    // One that moved to another Service is gone from its first.
    if (before !== undefined && before.service !== after?.service) this.#heldBack.forget(before);
    if (after !== undefined) {
      this.#show(this.#heldBack.take(after, this.#deps.clock.now(), this.#hasBegun && !this.#isEdge(after)));
      return;
    }
    this.#slices.delete(objectName({ namespace, name }));
    this.#pending.remove({ kind: 'EndpointSlice', namespace, name });
  }

  #isEdge({ metadata, service }: EndpointSlice): boolean {
    const owner = this.#stores.services.get({ namespace: metadata.namespace, name: service ?? '' });
    return owner !== undefined && Object.hasOwn(owner.metadata.labels, EDGE_OF_LABEL);
  }

  #show(slice: EndpointSlice): void {
    this.#slices.set(objectName(slice.metadata), slice);
    this.#pending.set(slice);
  }

  #readClaims(): void {
    const before = this.#claims;
    this.#claims = recordedClaims(this.#stores.claims.values());
    for (const [domain, namespace] of this.#claims)
      if (before.get(domain) !== namespace) this.#pending.claim(domain, namespace);
    for (const domain of before.keys()) if (!this.#claims.has(domain)) this.#pending.claim(domain, null);
  }

  #tell(): void {
    this.#cancel?.();
    this.#cancel = null;
    const { nextMs } = this.#heldBack;
    if (nextMs !== null) {
      const { clock } = this.#deps;
      this.#cancel = clock.after(Math.max(0, Math.ceil(nextMs - clock.now())), () => this.#release());
    }
    if (this.#isTelling && !this.#pending.isEmpty) this.#deps.onChange();
  }

  #release(): void {
    for (const slice of this.#heldBack.due(this.#deps.clock.now())) this.#show(slice);
    this.#tell();
  }
}
