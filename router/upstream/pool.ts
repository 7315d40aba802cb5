import { isIP } from 'node:net';
import type { PoolEndpoint, PoolPlan } from '../../src/core/route-plan.ts';
import { Balancer, type EndpointWish } from './balancer.ts';
import { Endpoint } from './endpoint.ts';
import { type EjectionOutcome, Outliers } from './outliers.ts';
import { RetryBudget } from './retry-budget.ts';

const keyOf = ({ address, port }: Pick<PoolEndpoint, 'address' | 'port'>): string => `${address} ${port}`;

/** `net.connect` would resolve a name, and throws on a port out of range. */
const isReachable = ({ address, port }: PoolEndpoint): boolean =>
  isIP(address) !== 0 && Number.isInteger(port) && port > 0 && port <= 65_535;

/** The live endpoints of one Service port: lives as long as its id is in the plan, whatever its endpoints do. */
export class Pool {
  readonly id: string;
  readonly retries = new RetryBudget();
  state: PoolPlan['state'] = 'empty';
  #endpoints: readonly Endpoint[] = [];
  /** Made at the first failure: most of 100,000 pools never have one. */
  #outliers: Outliers<Endpoint> | null = null;
  readonly #balancer = new Balancer();
  /** Endpoints by their tokens, once a route with affinity has asked. */
  #byToken: ReadonlyMap<string, Endpoint> | null = null;

  constructor(id: string) {
    this.id = id;
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Endpoints that stay keep their connections; those that go finish what runs, then close (DESIGN 7: no connection is touched). */
  update(plan: PoolPlan): void {
    const before = new Map(this.#endpoints.map(endpoint => [keyOf(endpoint), endpoint]));
    this.#endpoints = plan.endpoints.filter(isReachable).map(planned => {
      const known = before.get(keyOf(planned));
      before.delete(keyOf(planned));
      return known ?? new Endpoint(planned.address, planned.port);
    });
    this.state = plan.state;
    this.#byToken = null;
    this.#outliers?.replace(this.#endpoints);
    for (const gone of before.values()) gone.retire();
  }

  /** No request will come any more: as if all endpoints had gone. */
  retire(): void {
    this.update({ id: this.id, state: 'empty', endpoints: [] });
  }

  /** An endpoint that is not ejected, unless all are bad; not `wish.failed` as long as there is another. */
  pick(wish: EndpointWish, nowMs: number): Endpoint | undefined {
    const picked = this.#balancer.pick(this.#usable(nowMs), wish);
    // One that is out may have recovered; one that has just failed has not.
    return picked !== undefined && picked === wish.failed
      ? this.#balancer.pick(this.#endpoints, wish)
      : picked;
  }

  /** The endpoint that an affinity cookie names, if requests may go there. */
  named(token: string, nowMs: number): Endpoint | undefined {
    this.#byToken ??= new Map(this.#endpoints.map(endpoint => [endpoint.token, endpoint]));
    const endpoint = this.#byToken.get(token);
    return endpoint !== undefined && this.#usable(nowMs).includes(endpoint) ? endpoint : undefined;
  }

  /** True where a try that `endpoint` lost can go elsewhere. */
  hasOther(endpoint: Endpoint): boolean {
    return this.#endpoints.length > 1 || (this.#endpoints.length === 1 && this.#endpoints[0] !== endpoint);
  }

  succeeded(endpoint: Endpoint): void {
    this.#outliers?.succeeded(endpoint);
  }

  failed(endpoint: Endpoint, nowMs: number): EjectionOutcome {
    if (endpoint.retired) return null;
    if (this.#outliers === null) {
      this.#outliers = new Outliers();
      this.#outliers.replace(this.#endpoints);
    }
    return this.#outliers.failed(endpoint, nowMs);
  }

  #usable(nowMs: number): readonly Endpoint[] {
    return this.#outliers === null ? this.#endpoints : this.#outliers.usable(nowMs);
  }
}
