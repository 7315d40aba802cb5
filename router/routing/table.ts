import type { ByteString } from '../../src/core/byte-string.ts';
import { decodeHostKey } from '../../src/core/host-key.ts';
import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { HostPlan } from '../../src/core/route-plan.ts';
import type { Log } from '../engine.ts';
import type { PolicyWorld } from '../policies/compiled-policies.ts';
import { PasswordVerifier } from '../policies/password-verifier.ts';
import { PolicyMemory } from '../policies/policy-memory.ts';
import { Pool } from '../upstream/pool.ts';
import {
  type CompiledAction,
  type CompiledRoute,
  compileAction,
  decideAction,
  routeMatches,
} from './compiled-route.ts';
import type { Answer, Decision, RoutedRequest, Routing } from './decision.ts';

/** One host of the plan, compiled. */
export type CompiledHost = {
  readonly host: string;
  /** In order of precedence. */
  readonly routes: readonly CompiledRoute[];
  readonly fallback: CompiledAction | null;
};

const notFound = (code: Answer['code'], reason: string): Answer => ({
  kind: 'answer',
  status: 404,
  code,
  reason,
});

const NO_HOST = notFound('NoHost', 'No Ingress serves this host.');
const NO_ROUTE = notFound('NoRoute', 'No path of this host matches.');
const HOST_KEY = notFound('HostKey', 'A host key is a stored name, not a host; ask for the host itself.');

/** What the table found for a request, before tickets: also what `explain` prints. */
export type Located = {
  readonly host: CompiledHost;
  /** Null: no path matched, the host's fallback (if any) is the action. */
  readonly route: CompiledRoute | null;
  readonly action: CompiledAction | null;
};

/**
 * The compiled table of one worker (DESIGN 10 and 11): a look-up costs one or two Map reads, however many
 * hosts there are. Changed host by host; a request holds no reference to it after its decision.
 */
export class RouteTable implements Routing {
  readonly #hosts = new Map<string, CompiledHost>();
  /** By what follows the star: `.taobao.com`. */
  readonly #wildcards = new Map<string, CompiledHost>();
  readonly #pools = new Map<string, Pool>();
  readonly #policies: PolicyWorld;

  /** `log`: told of a bug in what policies have others do for them. */
  constructor(log: Log = () => undefined) {
    this.#policies = {
      memory: new PolicyMemory(),
      verifier: new PasswordVerifier({ log, now: () => performance.now() }),
    };
  }

  /** Swaps in what changed; connections and the other hosts are not touched (DESIGN 7, "Change"). */
  apply({ hosts, pools }: PlanDelta): void {
    // Pools first, so that no host is ever led to a pool that is not filled yet.
    for (const plan of pools.set) this.#poolOf(plan.id).update(plan);
    for (const plan of hosts.set) this.#setHost(plan.host, this.#compile(plan));
    for (const host of hosts.removed) this.#setHost(host, undefined);
    for (const id of pools.removed) {
      this.#pools.get(id)?.retire();
      this.#pools.delete(id);
    }
  }

  decide(request: RoutedRequest): Decision {
    const { host } = request;
    const compiled = this.#hostFor(host);
    if (compiled === undefined || decodeHostKey(host) !== undefined) {
      return decodeHostKey(host) === undefined ? NO_HOST : HOST_KEY;
    }
    const action = actionFor(compiled, request.path);
    return action === null ? NO_ROUTE : decideAction(action, request);
  }

  /** Where a request would be led, with the branches that its tickets are tried in; undefined where no Ingress serves the host. */
  locate(host: string, path: ByteString): Located | undefined {
    const compiled = decodeHostKey(host) === undefined ? this.#hostFor(host) : undefined;
    if (compiled === undefined) return undefined;
    const route = compiled.routes.find(candidate => routeMatches(candidate, path)) ?? null;
    return { host: compiled, route, action: route?.action ?? compiled.fallback };
  }

  get pools(): ReadonlyMap<string, Pool> {
    return this.#pools;
  }

  /** Exact, else the wildcard for exactly one label, else the rule for all hosts (DESIGN 7). */
  #hostFor(host: string): CompiledHost | undefined {
    const exact = this.#hosts.get(host);
    if (exact !== undefined && host !== '') return exact;
    if (this.#wildcards.size > 0) {
      const dot = host.indexOf('.');
      const wildcard = dot > 0 ? this.#wildcards.get(host.slice(dot)) : undefined;
      if (wildcard !== undefined) return wildcard;
    }
    return this.#hosts.get('');
  }

  #setHost(host: string, compiled: CompiledHost | undefined): void {
    const wildcard = host.startsWith('*.');
    const map = wildcard ? this.#wildcards : this.#hosts;
    const name = wildcard ? host.slice(1) : host;
    if (compiled === undefined) map.delete(name);
    else map.set(name, compiled);
  }

  #compile({ host, routes, fallback }: HostPlan): CompiledHost {
    const poolOf = (id: string): Pool => this.#poolOf(id);
    const policies = this.#policies;
    return {
      host,
      routes: routes.map(({ match, action }) => ({
        match,
        ...compileAction({ match, action, poolOf, policies }),
      })),
      fallback:
        fallback === null ? null : compileAction({ match: null, action: fallback, poolOf, policies }).action,
    };
  }

  #poolOf(id: string): Pool {
    const known = this.#pools.get(id);
    if (known !== undefined) return known;
    const pool = new Pool(id);
    this.#pools.set(id, pool);
    return pool;
  }
}

const actionFor = ({ routes, fallback }: CompiledHost, path: ByteString): CompiledAction | null => {
  for (let i = 0; i < routes.length; i += 1) {
    const route = routes[i];
    if (route !== undefined && routeMatches(route, path)) return route.action;
  }
  return fallback;
};
