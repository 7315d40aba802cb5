import type { ByteString } from '../../src/core/byte-string.ts';
import { sameJson } from '../../src/core/canonical-json.ts';
import { decodeHostKey } from '../../src/core/host-key.ts';
import type { PlanDelta } from '../../src/core/plan-delta.ts';
import type { HostPlan, PathMatch, RouteAction, RoutePlanEntry } from '../../src/core/route-plan.ts';
import { pathIdentity } from '../../src/core/rule-path.ts';
import type { MatchingBudget } from '../../src/core/ticket/matching-budget.ts';
import type { Log } from '../engine.ts';
import type { PolicyWorld } from '../policies/compiled-policies.ts';
import { PasswordVerifier } from '../policies/password-verifier.ts';
import { Pool } from '../upstream/pool.ts';
import { WeakMemory } from '../weak-memory.ts';
import {
  type CompiledAction,
  type CompiledRoute,
  compileAction,
  decideAction,
  isUndecided,
  routeMatches,
} from './compiled-route.ts';
import type { Answer, Decision, RoutedRequest, Routing } from './decision.ts';
import { SharedCompilations } from './shared-compilations.ts';

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
  readonly host: CompiledHost;
  /** Null: no path matched, the host's fallback (if any) is the action. */
  readonly route: CompiledRoute | null;
  /** Null: there is nothing to do but what `decide` answers. */
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
  readonly #shared: SharedCompilations;
  /** Of the delta that is applied now: a rule with aliases is the same route on all of its hosts. */
  readonly #routes = new Map<RoutePlanEntry, CompiledRoute>();

  /** `log`: told of a bug in what policies have others do for them. */
  constructor(log: Log = () => undefined) {
    const memory = new WeakMemory();
    this.#shared = new SharedCompilations(memory);
    this.#policies = {
      memory,
      verifier: new PasswordVerifier({ log, now: () => performance.now() }),
    };
  }

  /** Swaps in what changed; connections and the other hosts are not touched (DESIGN 7, "Change"). */
  apply({ hosts, pools }: PlanDelta): void {
    // Pools first, so that no host is ever led to a pool that is not filled yet.
    for (const plan of pools.set) this.#poolOf(plan.id).update(plan);
    for (const plan of hosts.set) this.#setHost(plan);
    for (const host of hosts.removed) this.#removeHost(host);
    for (const id of pools.removed) {
      this.#pools.get(id)?.retire();
      this.#pools.delete(id);
    }
    // Not kept: whoever brings the same route again later may do so after its pools had gone.
    this.#routes.clear();
  }

  decide(request: RoutedRequest): Decision {
    const { host } = request;
    const compiled = this.#hostFor(host);
    if (compiled === undefined || decodeHostKey(host) !== undefined) {
      return decodeHostKey(host) === undefined ? NO_HOST : HOST_KEY;
    }
    const route = routeFor(compiled, request.path, request.matching);
    if (route === UNDECIDED) return PATH_TOO_COSTLY;
    const action = route === null ? compiled.fallback : route.action;
    return action === null ? NO_ROUTE : decideAction(action, request);
  }

  /** Where a request would be led, with the branches that its tickets are tried in; undefined where no Ingress serves the host. */
  locate(host: string, path: ByteString, budget: MatchingBudget): Located | undefined {
    const compiled = decodeHostKey(host) === undefined ? this.#hostFor(host) : undefined;
    if (compiled === undefined) return undefined;
    const route = routeFor(compiled, path, budget);
    if (route === UNDECIDED) return { host: compiled, route: null, action: null };
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

  /** The map that holds a host, and its name there. */
  #placeOf(host: string): readonly [map: Map<string, CompiledHost>, name: string] {
    return host.startsWith('*.') ? [this.#wildcards, host.slice(1)] : [this.#hosts, host];
  }

  #setHost(plan: HostPlan): void {
    const [map, name] = this.#placeOf(plan.host);
    map.set(name, this.#compile(plan, map.get(name)));
  }

  #removeHost(host: string): void {
    const [map, name] = this.#placeOf(host);
    map.delete(name);
  }

  /** What is as it was before is taken from there: a changed path must not compile the regexes of all others. */
  #compile({ host, routes, fallback }: HostPlan, before: CompiledHost | undefined): CompiledHost {
    const known = new Map(before?.routes.map(route => [pathIdentity(route.match), route]));
    const compiled = routes.map(entry => {
      const old = known.get(pathIdentity(entry.match));
      return old !== undefined && sameJson(old.action.plan, entry.action) ? old : this.#compileRoute(entry);
    });
    if (fallback === null) return { host, routes: compiled, fallback: null };
    const old = before?.fallback ?? null;
    const isKnown = old !== null && sameJson(old.plan, fallback);
    return { host, routes: compiled, fallback: isKnown ? old : this.#compileAction(null, fallback).action };
  }

  #compileRoute(entry: RoutePlanEntry): CompiledRoute {
    const known = this.#routes.get(entry);
    if (known !== undefined) return known;
    const { match, action } = entry;
    const route = { match, ...this.#compileAction(match, action) };
    this.#routes.set(entry, route);
    return route;
  }

  #compileAction(match: PathMatch | null, action: RouteAction): ReturnType<typeof compileAction> {
    return compileAction({
      match,
      action,
      poolOf: id => this.#poolOf(id),
      policies: this.#policies,
      shared: this.#shared,
    });
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
