import type { ByteString } from '../../src/core/byte-string.ts';
import { decodeHostKey } from '../../src/core/host-key.ts';
import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { HostPlan, PathMatch } from '../../src/core/route-plan.ts';
import type { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import type { Log } from '../engine.ts';
import { LimitLedger } from '../policies/limit-ledger.ts';
import { PasswordVerifier } from '../policies/password-verifier.ts';
import { draw32 } from '../random.ts';
import { TcpTable } from '../tcp/tcp-table.ts';
import { Pool } from '../upstream/pool.ts';
import { WeakMemory } from '../weak-memory.ts';
import { type CompiledHost, CompiledHosts } from './compiled-hosts.ts';
import {
  type CompiledAction,
  type CompiledRoute,
  compileRoute,
  decideAction,
  isUndecided,
  routeMatches,
} from './compiled-route.ts';
import type { Answer, Decision, RoutedRequest, Routing } from './decision.ts';
import { HostIndex } from './host-index.ts';
import { SharedCompilations } from './shared-compilations.ts';

const notFound = (code: Answer['code'], reason: string): Answer => ({
  kind: 'answer',
  status: 404,
  code,
  reason,
});

const PATH_TOO_COSTLY: Answer = {
  kind: 'answer',
  status: 414,
  code: 'PathTooCostly',
  reason: 'This path is too long, or too costly, to be compared with the regular expressions of this host.',
};

const NO_HOST = notFound('NoHost', 'No Ingress serves this host.');
const NO_ROUTE = notFound('NoRoute', 'No path of this host matches.');
const HOST_KEY = notFound('HostKey', 'A host key is a stored name, not a host; ask for the host itself.');

/** What the table found for a request, before tickets: also what `explain` prints. */
export type Located = {
  /** As the plan names it: `taobao.com`, `*.taobao.com`, or `` for all hosts. */
  readonly host: string;
  /** Null: no path matched, the host's fallback (if any) is the action. */
  readonly route: CompiledRoute | null;
  /** Place of the route among those of the host's plan; -1 where there is none. */
  readonly at: number;
  /** Null: there is nothing to do but what `decide` answers. */
  readonly action: CompiledAction | null;
};

const EVERY_PATH: PathMatch = { kind: 'prefix', path: '/' };

/** Names of wildcards are what follows the star: `.taobao.com`. */
const wildcardOf = (host: string): string | null => (host.startsWith('*.') ? host.slice(1) : null);

/**
 * The compiled table of one worker (DESIGN 10 and 11): a look-up costs one or two reads of a `HostIndex`, however many
 * hosts there are. Changed host by host; a request holds no reference to it after its decision.
 */
export class RouteTable implements Routing {
  readonly #hosts = new HostIndex(draw32());
  readonly #wildcards = new HostIndex(draw32());
  /** Of the rule for all hosts; -1: there is none. */
  #allHosts = -1;
  readonly #compiled: CompiledHosts;
  readonly #pools = new Map<string, Pool>();
  /** What this worker and the others know of each other's rate limits. */
  readonly limits: LimitLedger;
  readonly tcp: TcpTable;

  /** `log`: told of a bug in what policies have others do for them. */
  constructor(log: Log = () => undefined) {
    const memory = new WeakMemory();
    const verifier = new PasswordVerifier({ log, now: () => performance.now() });
    this.limits = new LimitLedger(memory);
    const world = {
      poolOf: (id: string) => this.#poolOf(id),
      policies: { memory, verifier, limits: this.limits },
      shared: new SharedCompilations(memory),
    };
    this.#compiled = new CompiledHosts(entry => compileRoute(entry, world));
    this.tcp = new TcpTable(action => compileRoute({ match: EVERY_PATH, action }, world).action);
  }

  /** Swaps in what changed; connections and the other hosts are not touched (DESIGN 7, "Change"). */
  apply({ hosts, pools, tcp }: PlanDelta): void {
    // Pools first, so that no host is ever led to a pool that is not filled yet.
    for (const plan of pools.set) this.#poolOf(plan.id).update(plan);
    for (const plan of hosts.set) this.#setHost(plan);
    for (const host of hosts.removed) this.#removeHost(host);
    this.#compiled.endDelta();
    if (tcp !== null) this.tcp.replace(tcp);
    for (const id of pools.removed) {
      this.#pools.get(id)?.retire();
      this.#pools.delete(id);
    }
  }

  decide(request: RoutedRequest): Decision {
    const { host } = request;
    const id = this.#idFor(host);
    if (id === -1 || decodeHostKey(host) !== undefined) {
      return decodeHostKey(host) === undefined ? NO_HOST : HOST_KEY;
    }
    const compiled = this.#compiled.at(id);
    const route = routeFor(compiled, request.path, request.matching);
    if (route === UNDECIDED) return PATH_TOO_COSTLY;
    const action = (route ?? compiled.fallback)?.action ?? null;
    return action === null ? NO_ROUTE : decideAction(action, request);
  }

  certificateOf(host: string): string | null {
    const id = this.#idFor(host);
    return id === -1 ? null : this.#compiled.at(id).certificate;
  }

  /** Where a request would be led, with the branches that its tickets are tried in; undefined where no Ingress serves the host. */
  locate(host: string, path: ByteString, budget: MatchingBudget): Located | undefined {
    const id = decodeHostKey(host) === undefined ? this.#idFor(host) : -1;
    if (id === -1) return undefined;
    const compiled = this.#compiled.at(id);
    const found = routeFor(compiled, path, budget);
    const served = this.#servingHost(host);
    if (found === UNDECIDED) return { host: served, route: null, at: -1, action: null };
    const at = found === null ? -1 : compiled.routes.indexOf(found);
    return { host: served, route: found, at, action: (found ?? compiled.fallback)?.action ?? null };
  }

  get pools(): ReadonlyMap<string, Pool> {
    return this.#pools;
  }

  /** How many differently compiled hosts there are. */
  get compiledHosts(): number {
    return this.#compiled.size;
  }

  /** Exact, else the wildcard for exactly one label, else the rule for all hosts (DESIGN 7); -1: none of these. */
  #idFor(host: string): number {
    const exact = host === '' ? -1 : this.#hosts.find(host);
    if (exact !== -1) return exact;
    const wildcard = this.#wildcardFor(host);
    return wildcard === -1 ? this.#allHosts : wildcard;
  }

  #wildcardFor(host: string): number {
    if (this.#wildcards.size === 0) return -1;
    const dot = host.indexOf('.');
    return dot > 0 ? this.#wildcards.find(host, dot) : -1;
  }

  #servingHost(host: string): string {
    if (host !== '' && this.#hosts.find(host) !== -1) return host;
    return this.#wildcardFor(host) === -1 ? '' : `*${host.slice(host.indexOf('.'))}`;
  }

  #setHost(plan: HostPlan): void {
    const before = this.#heldBy(plan.host);
    const id = this.#compiled.take(plan);
    const wildcard = wildcardOf(plan.host);
    if (plan.host === '') this.#allHosts = id;
    else if (wildcard === null) this.#hosts.set(plan.host, id);
    else this.#wildcards.set(wildcard, id);
    // After the new one is held: what both have in common is not compiled again.
    if (before !== -1) this.#compiled.release(before);
  }

  #removeHost(host: string): void {
    const before = this.#heldBy(host);
    const wildcard = wildcardOf(host);
    if (host === '') this.#allHosts = -1;
    else if (wildcard === null) this.#hosts.delete(host);
    else this.#wildcards.delete(wildcard);
    if (before !== -1) this.#compiled.release(before);
  }

  /** What a host of the plan comes to now; -1: nothing yet. */
  #heldBy(host: string): number {
    const wildcard = wildcardOf(host);
    if (host === '') return this.#allHosts;
    return wildcard === null ? this.#hosts.find(host) : this.#wildcards.find(wildcard);
  }

  #poolOf(id: string): Pool {
    const known = this.#pools.get(id);
    if (known !== undefined) return known;
    const pool = new Pool(id);
    this.#pools.set(id, pool);
    return pool;
  }
}

const UNDECIDED = 'undecided';

/** The first route that matches; null: none does. */
const routeFor = (
  { routes }: CompiledHost,
  path: ByteString,
  budget: MatchingBudget,
): CompiledRoute | null | typeof UNDECIDED => {
  for (let i = 0; i < routes.length; i += 1) {
    const route = routes[i];
    if (route === undefined) continue;
    if (routeMatches(route, path, budget)) return route;
    if (isUndecided(route, path, budget)) return UNDECIDED;
  }
  return null;
};
