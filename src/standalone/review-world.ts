import type { AdmissionOptions } from '../admission/admission-options.ts';
import { ClusterIndex } from '../admission/cluster-index.ts';
import type { ClusterView } from '../admission/cluster-view.ts';
import type { ObjectKey } from '../core/object-changes.ts';
import { ObjectIndex } from '../core/object-index.ts';
import { objectName } from '../core/objects/metadata.ts';
import type { KubernetesObject } from '../core/objects/objects.ts';
import type { Secret } from '../core/objects/secret.ts';
import { edgeReadiness } from './edge-readiness.ts';

/** What reviews may ask about the objects of files, kept up to date object by object. */
export class ReviewWorld {
  readonly index: ClusterIndex;
  readonly #objects = new ObjectIndex();
  readonly #secrets = new Map<string, Secret>();
  #readiness: ClusterView['readyEdgeEndpoints'] | null = null;

  constructor(options: AdmissionOptions) {
    this.index = new ClusterIndex(options);
    this.index.apply({ ingressClasses: [], namespaces: [], ingresses: [] });
  }

  /** An object is in force; undefined: none of that name is. */
  set({ kind, namespace, name }: ObjectKey, object: KubernetesObject | undefined): void {
    const change = { namespace, name };
    const known = namespace === '' ? name : objectName(change);
    if (kind === 'Service') {
      const after = object?.kind === kind ? object : undefined;
      this.#objects.setService(known, after);
      this.index.apply({ services: [{ ...change, after }] });
    } else if (kind === 'Pod') this.#objects.setPod(known, object?.kind === kind ? object : undefined);
    else if (kind === 'EndpointSlice')
      this.#objects.setSlice(known, object?.kind === kind ? object : undefined);
    else if (kind === 'Namespace')
      this.index.apply({ namespaces: [{ ...change, after: object?.kind === kind ? object : undefined }] });
    else if (kind === 'IngressClass')
      this.index.apply({
        ingressClasses: [{ ...change, after: object?.kind === kind ? object : undefined }],
      });
    else if (kind === 'Ingress')
      this.index.apply({ ingresses: [{ ...change, after: object?.kind === kind ? object : undefined }] });
    else if (kind === 'Secret') this.#setSecret(known, object?.kind === kind ? object : undefined);
    if (kind !== 'Ingress') this.#readiness = null;
  }

  #setSecret(name: string, secret: Secret | undefined): void {
    if (secret === undefined) this.#secrets.delete(name);
    else this.#secrets.set(name, secret);
  }

  /** But for claims, which have a memory of their own. */
  view(): Omit<ClusterView, 'claimHolder'> {
    const { index } = this;
    const { services } = this.#objects;
    this.#readiness ??= edgeReadiness(this.#objects);
    return {
      missing: [],
      ingressClasses: index.ingressClasses,
      namespace: name => index.namespace(name),
      // A lone Ingress file says nothing about Services; beside some, a missing one is missing. So with Secrets.
      service: (namespace, name) =>
        services.size === 0 ? null : services.get(objectName({ namespace, name })),
      secret: (namespace, name) =>
        this.#secrets.size === 0 ? null : this.#secrets.get(objectName({ namespace, name })),
      portClaimants: port => index.portClaimants(port),
      routeHolder: (route, except) => index.routeHolder(route, except),
      readyEdgeEndpoints: this.#readiness,
    };
  }
}
