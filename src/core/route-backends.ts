import { type EdgePlan, resolveTracks } from './edge-plan.ts';
import type { EndpointOptions } from './endpoints.ts';
import type { IngressReading } from './ingress-reading.ts';
import { objectName } from './objects/metadata.ts';
import type { ObjectSnapshot } from './objects/objects.ts';
import { type PoolRequest, poolId, poolOf } from './pool.ts';
import type { Report } from './report.ts';
import type { Backends } from './route-action.ts';
import type { PoolPlan, RouteAction } from './route-plan.ts';
import { indexSnapshot } from './snapshot-index.ts';

/** The Services and endpoints that routes lead to; gathers which pools the plan needs while routes are made. */
export class RouteBackends implements Backends {
  readonly #snapshot: ObjectSnapshot;
  readonly #edges: EdgePlan;
  readonly #requests = new Map<string, PoolRequest>();

  constructor(snapshot: ObjectSnapshot, edges: EdgePlan) {
    this.#snapshot = snapshot;
    this.#edges = edges;
  }

  tracksOf({ ingress, config }: IngressReading, service: string): ReadonlyMap<string, string> {
    const wanted = config?.serviceMap?.get(service);
    if (wanted === undefined) return new Map();
    return resolveTracks(this.#edges, { namespace: ingress.metadata.namespace, name: service }, wanted);
  }

  stablePool(namespace: string, service: string, port: number | string): string {
    // All edges of the Service, whichever Ingress names them: edge pods are never among the stable ones.
    const edges = this.#edges.edges.get(objectName({ namespace, name: service })) ?? [];
    const role = { kind: 'stable', edges: [...new Set(edges.map(({ edge }) => edge))] } as const;
    return this.#request({ namespace, service, port, role });
  }

  edgePool(namespace: string, edge: string, port: number | string): string {
    return this.#request({ namespace, service: edge, port, role: { kind: 'edge' } });
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
