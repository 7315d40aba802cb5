import { isIP } from 'node:net';
import type { PoolEndpoint, PoolPlan } from '../src/core/route-plan.ts';
import { Endpoint } from './endpoint.ts';
import { draw32 } from './random.ts';

const keyOf = ({ address, port }: Pick<PoolEndpoint, 'address' | 'port'>): string => `${address} ${port}`;

/** `net.connect` would resolve a name, and throws on a port out of range. */
const isReachable = ({ address, port }: PoolEndpoint): boolean =>
  isIP(address) !== 0 && Number.isInteger(port) && port > 0 && port <= 65_535;

/** The live endpoints of one Service port: lives as long as its id is in the plan, whatever its endpoints do. */
export class Pool {
  readonly id: string;
  state: PoolPlan['state'] = 'empty';
  #endpoints: readonly Endpoint[] = [];

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
    for (const gone of before.values()) gone.retire();
  }

  /** No request will come any more: as if all endpoints had gone. */
  retire(): void {
    this.update({ id: this.id, state: 'empty', endpoints: [] });
  }

  /** Least in flight of two random choices; not `exclude` as long as there is another (the retry's endpoint). */
  pick(exclude: Endpoint | null = null): Endpoint | undefined {
    const endpoints = this.#endpoints;
    const count = endpoints.length;
    if (count < 2) return endpoints[0];
    const random = draw32();
    // High and low half of one draw: two choices for the price of one.
    const first = (random >>> 16) % count;
    const second = (first + 1 + ((random & 0xffff) % (count - 1))) % count;
    const a = endpoints[first];
    const b = endpoints[second];
    if (a === undefined || b === undefined) return a;
    if (a === exclude) return b;
    if (b === exclude) return a;
    return b.inFlight < a.inFlight ? b : a;
  }
}
