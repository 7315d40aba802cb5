import { sameJson } from '../canonical-json.ts';
import type { EndpointOptions } from '../endpoints.ts';
import { implies } from '../label-selector.ts';
import { MultiMap } from '../multi-map.ts';
import type { ObjectIndex } from '../object-index.ts';
import { objectName } from '../objects/metadata.ts';
import type { PlanDelta } from '../plan-delta.ts';
import { type PoolRequest, poolOf } from '../pool.ts';
import type { HostPlan, PoolPlan, TcpPlan } from '../route-plan.ts';
import { SortedParts } from '../sorted-parts.ts';
import type { EdgePlanner } from './edge-planner.ts';
import { actionsOf, type HostChange } from './host-table.ts';
import type { ReportBook } from './report-book.ts';
import type { TcpChange } from './tcp-table.ts';

type Wanted = {
  readonly request: PoolRequest;
  /** How many hosts and TCP ports lead to it. */
  users: number;
  /** Names of the Services that it was computed from. */
  services: readonly string[];
};

const NO_IDS: ReadonlySet<string> = new Set();

const poolIds = (plan: HostPlan | undefined): ReadonlySet<string> =>
  plan === undefined
    ? NO_IDS
    : new Set(
        actionsOf(plan).flatMap(action => (action.kind === 'forward' ? Object.values(action.pools) : [])),
      );

const tcpPoolIds = (plan: TcpPlan | undefined): ReadonlySet<string> =>
  plan === undefined ? NO_IDS : new Set(Object.values(plan.pools));

/** Where a host or a port led, and where it leads. */
type UseChange = {
  readonly gone: ReadonlySet<string>;
  readonly now: ReadonlySet<string>;
  readonly pools: readonly PoolRequest[];
};

const serviceOf = ({ namespace, service }: PoolRequest): string => objectName({ namespace, name: service });

type PoolSources = {
  readonly index: ObjectIndex;
  readonly edges: EdgePlanner;
  readonly options: EndpointOptions;
  readonly reports: ReportBook;
};

/** The pools that hosts and TCP ports lead to, and no others. */
export class PoolTable {
  readonly #sources: PoolSources;
  readonly #wanted = new Map<string, Wanted>();
  /** Ids by the Services that they were computed from. */
  readonly #byService = new MultiMap<string>();
  readonly #plans = new SortedParts<PoolPlan>();
  /** Ids to be looked at. */
  readonly #touched = new Set<string>();

  constructor(sources: PoolSources) {
    this.#sources = sources;
  }

  /** Sorted by id. */
  get plans(): readonly PoolPlan[] {
    return this.#plans.list;
  }

  /** The request that stands for its pool already, else this one from now on. */
  shared(request: PoolRequest): PoolRequest {
    const wanted = this.#wanted.get(request.id);
    if (wanted !== undefined) return wanted.request;
    this.#wanted.set(request.id, { request, users: 0, services: [] });
    // Whoever asks may come to nothing: then the next look drops it.
    this.#touched.add(request.id);
    return request;
  }

  /** Endpoints of a Service may have changed, or which of them are its edges'. */
  touchService(service: string): void {
    for (const id of this.#byService.get(service)) this.#touched.add(id);
  }

  /** Which endpoints a namespace may name may have changed. */
  touchNamespace(namespace: string): void {
    for (const [id, { request }] of this.#wanted) if (request.namespace === namespace) this.#touched.add(id);
  }

  /** Takes over where a host leads. */
  changeHost({ before, after, pools }: HostChange): void {
    this.#changeUse({ gone: poolIds(before), now: poolIds(after), pools });
  }

  /** Takes over where a TCP port leads. */
  changeTcp({ before, after, pools }: TcpChange): void {
    this.#changeUse({ gone: tcpPoolIds(before), now: tcpPoolIds(after), pools });
  }

  #changeUse({ gone, now, pools }: UseChange): void {
    const requests = new Map(pools.map(request => [request.id, request]));
    for (const id of now) if (!gone.has(id)) this.#count(id, 1, requests.get(id));
    for (const id of gone) if (!now.has(id)) this.#count(id, -1);
  }

  /** Looks anew at each touched pool. */
  update(): PlanDelta['pools'] {
    const set: PoolPlan[] = [];
    const removed: string[] = [];
    for (const id of [...this.#touched].sort()) {
      const wanted = this.#wanted.get(id);
      const before = this.#plans.get(id);
      if (wanted === undefined || wanted.users === 0) {
        this.#drop(id);
        if (before !== undefined) removed.push(id);
        continue;
      }
      const pool = this.#compute(wanted);
      if (before !== undefined && sameJson(before, pool)) continue;
      this.#plans.set(id, pool);
      set.push(pool);
    }
    this.#touched.clear();
    return { set, removed };
  }

  #count(id: string, users: number, request?: PoolRequest): void {
    if (request !== undefined) this.shared(request);
    const wanted = this.#wanted.get(id);
    if (wanted === undefined) return;
    wanted.users += users;
    if (wanted.users === 0 || wanted.users === users) this.#touched.add(id);
  }

  #compute(wanted: Wanted): PoolPlan {
    const { index, options, reports } = this.#sources;
    const { request } = wanted;
    const { namespace } = request;
    const edges = request.role === 'stable' ? this.#edgesOf(serviceOf(request)) : [];
    this.#setServices(wanted, [serviceOf(request), ...edges.map(name => objectName({ namespace, name }))]);
    const result = poolOf(request, { index, edges, options });
    reports.set(`pool ${request.id}`, result.reports);
    return result.pool;
  }

  /**
   * All edges of a Service, whichever Ingress names them: edge pods are never among the stable ones. Also those that
   * carry our label, should the serviceMap that asked for them be unreadable now; but for one that selects all
   * pods of the stable one and would leave nothing (DESIGN 6, void).
   */
  #edgesOf(stable: string): readonly string[] {
    const { index, edges } = this.#sources;
    const selector = index.services.get(stable)?.selector ?? null;
    const labelled = index
      .edgesOf(stable)
      .filter(edge => selector === null || edge.selector === null || !implies(selector, edge.selector))
      .map(({ metadata }) => metadata.name);
    return [...new Set([...edges.edgesOf(stable).map(({ edge }) => edge), ...labelled])].sort();
  }

  #setServices(wanted: Wanted, services: readonly string[]): void {
    const { id } = wanted.request;
    for (const service of wanted.services) this.#byService.delete(service, id);
    for (const service of services) this.#byService.add(service, id);
    wanted.services = services;
  }

  #drop(id: string): void {
    const wanted = this.#wanted.get(id);
    if (wanted !== undefined) this.#setServices(wanted, []);
    this.#wanted.delete(id);
    this.#plans.delete(id);
    this.#sources.reports.set(`pool ${id}`, []);
  }
}
