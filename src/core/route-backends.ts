import { type EdgePlan, resolveTracks } from './edge-plan.ts';
import { EDGE_OF_LABEL } from './edge-service.ts';
import type { EndpointOptions } from './endpoints.ts';
import type { IngressReading } from './ingress-reading.ts';
import { implies } from './label-selector.ts';
import { objectName } from './objects/metadata.ts';
import type { ObjectSnapshot } from './objects/objects.ts';
import type { Secret } from './objects/secret.ts';
import type { Service } from './objects/service.ts';
import { type PoolRequest, poolId, poolOf } from './pool.ts';
import type { Report } from './report.ts';
import type { Backends } from './route-action.ts';
import type { PoolPlan, RouteAction } from './route-plan.ts';
import { indexSnapshot } from './snapshot-index.ts';

/** Edge Services by the stable one that their label names; one that selects all of its pods would leave nothing (DESIGN 6, void). */
const labelledEdges = (services: readonly Service[]): ReadonlyMap<string, readonly string[]> => {
  const byName = new Map(services.map(service => [objectName(service.metadata), service]));
  const edges = new Map<string, string[]>();
  for (const { metadata, selector } of services) {
    const label = metadata.labels[EDGE_OF_LABEL];
    if (label === undefined) continue;
    const name = objectName({ namespace: metadata.namespace, name: label });
    const stable = byName.get(name)?.selector;
    if (stable != null && selector !== null && implies(stable, selector)) continue;
    edges.set(name, [...(edges.get(name) ?? []), metadata.name]);
  }
  return edges;
};

/** The Services and endpoints that routes lead to; gathers which pools the plan needs while routes are made. */
export class RouteBackends implements Backends {
  readonly #snapshot: ObjectSnapshot;
  readonly #edges: EdgePlan;
  /** `namespace/stable` -> Services that say they are its edges. */
  readonly #labelledEdges: ReadonlyMap<string, readonly string[]>;
  readonly #secrets: ReadonlyMap<string, Secret>;
  readonly #requests = new Map<string, PoolRequest>();

  constructor(snapshot: ObjectSnapshot, edges: EdgePlan) {
    this.#snapshot = snapshot;
    this.#edges = edges;
    this.#labelledEdges = labelledEdges(snapshot.services);
    this.#secrets = new Map(snapshot.secrets.map(secret => [objectName(secret.metadata), secret]));
  }

  tracksOf({ ingress, config }: IngressReading, service: string): ReadonlyMap<string, string> {
    const wanted = config?.serviceMap?.get(service);
    if (wanted === undefined) return new Map();
    return resolveTracks(this.#edges, { namespace: ingress.metadata.namespace, name: service }, wanted);
  }

  stablePool(namespace: string, service: string, port: number | string): string {
    // All edges of the Service, whichever Ingress names them: edge pods are never among the stable ones.
    const edges = this.#edges.edges.get(objectName({ namespace, name: service })) ?? [];
    // And those that carry our label, should the serviceMap that asked for them be unreadable now.
    const labelled = this.#labelledEdges.get(objectName({ namespace, name: service })) ?? [];
    const role = {
      kind: 'stable',
      edges: [...new Set([...edges.map(({ edge }) => edge), ...labelled])].sort(),
    } as const;
    return this.#request({ namespace, service, port, role });
  }

  edgePool(namespace: string, edge: string, port: number | string): string {
    return this.#request({ namespace, service: edge, port, role: { kind: 'edge' } });
  }

  secret(namespace: string, name: string): Secret | undefined {
    return this.#secrets.get(objectName({ namespace, name }));
  }

  /** The pools that these actions lead to, sorted by id; what was asked for in vain is left out. */
  plan(
    actions: readonly RouteAction[],
    options: EndpointOptions,
  ): { readonly pools: readonly PoolPlan[]; readonly reports: readonly Report[] } {
    const index = indexSnapshot(this.#snapshot);
    const ids = new Set(
      actions.flatMap(action => (action.kind === 'forward' ? Object.values(action.pools) : [])),
    );
    const results = [...ids].sort().flatMap(id => {
      const request = this.#requests.get(id);
      return request === undefined ? [] : [poolOf(index, request, options)];
    });
    return { pools: results.map(({ pool }) => pool), reports: results.flatMap(({ reports }) => reports) };
  }

  #request(request: PoolRequest): string {
    const id = poolId(request);
    this.#requests.set(id, request);
    return id;
  }
}
