import { hash } from 'node:crypto';
import type { HostPlan, RouteAction, RoutePlanEntry } from '../../src/core/route-plan.ts';
import type { CompiledRoute } from './compiled-route.ts';
import { hangsOnHost } from './shared-compilations.ts';
import { SharedValues } from './shared-values.ts';

/** What a host comes to, compiled: the same object for all hosts whose routes come to the same. */
export type CompiledHost = {
  /** In order of precedence. */
  readonly routes: readonly CompiledRoute[];
  /** Takes every path that no route matches; null: 404. */
  readonly fallback: CompiledRoute | null;
  /** Id of its certificate; null: the default one. */
  readonly certificate: string | null;
};

type HeldHost = CompiledHost & { readonly routeIds: readonly number[] };

/** What makes the compiled forms of two actions differ; who wrote them does so only where something is counted or salted by it. */
const essenceOf = (action: RouteAction): readonly unknown[] => {
  const { source, ...rest } = action;
  if (rest.kind === 'refuse') return [rest];
  const { ownHost, ...common } = rest;
  const hasPolicies = common.policies !== undefined && common.policies.length > 0;
  return [
    common,
    common.tickets.some(hangsOnHost) ? ownHost : null,
    hasPolicies ? [source.namespace, source.ingress] : null,
  ];
};

/** Short, whatever the tickets. Equal plans with another order of keys have other texts, and merely share less. */
const routeKey = ({ match, action }: RoutePlanEntry): string =>
  hash('sha256', JSON.stringify([match, ...essenceOf(action)]), 'base64');

/**
 * Compiled hosts under numbers, each made once and kept while a host has it. Of 100,000 hosts whose Ingresses differ in
 * name only there is one, so that it is warm in the processor's caches whoever asks.
 *
 * A route holds its pools. A plan brings pools before the hosts that lead to them and takes them away after, so
 * whatever is held here leads to pools of the plan.
 */
export class CompiledHosts {
  readonly #compile: (entry: RoutePlanEntry) => CompiledRoute;
  readonly #routes = new SharedValues<CompiledRoute>();
  readonly #hosts = new SharedValues<HeldHost>();
  /** Of the delta that is applied now: a rule with aliases is the same entry on all of its hosts. */
  readonly #known = new Map<RoutePlanEntry, string>();

  constructor(compile: (entry: RoutePlanEntry) => CompiledRoute) {
    this.#compile = compile;
  }

  /** How many different ones there are. */
  get size(): number {
    return this.#hosts.size;
  }

  at(id: number): CompiledHost {
    return this.#hosts.at(id);
  }

  /** The number of what a plan comes to; one holder more. */
  take(plan: HostPlan): number {
    const { routes, fallback } = plan;
    const certificate = plan.certificate ?? null;
    const entries =
      fallback === null
        ? routes
        : [...routes, { match: { kind: 'prefix', path: '/' }, action: fallback } as const];
    const routeIds = entries.map(entry => this.#takeRoute(entry));
    const hasFallback = fallback !== null;
    const key = `${routeIds.join(' ')}${hasFallback ? ' else' : ''}${certificate === null ? '' : ` ${certificate}`}`;
    const known = this.#hosts.idOf(key);
    const id = known ?? this.#hosts.add(key, { ...this.#hostOf(routeIds, hasFallback), certificate });
    this.#hosts.hold(id);
    if (known !== undefined) this.#releaseRoutes(routeIds);
    return id;
  }

  release(id: number): void {
    const gone = this.#hosts.release(id);
    if (gone !== undefined) this.#releaseRoutes(gone.routeIds);
  }

  /** No further host of this delta comes. */
  endDelta(): void {
    this.#known.clear();
  }

  #hostOf(routeIds: readonly number[], hasFallback: boolean): Omit<HeldHost, 'certificate'> {
    const routes = routeIds.map(id => this.#routes.at(id));
    const fallback = hasFallback ? (routes.pop() ?? null) : null;
    return { routes, fallback, routeIds };
  }

  #takeRoute(entry: RoutePlanEntry): number {
    const key = this.#known.get(entry) ?? routeKey(entry);
    this.#known.set(entry, key);
    const id = this.#routes.idOf(key) ?? this.#routes.add(key, this.#compile(entry));
    this.#routes.hold(id);
    return id;
  }

  #releaseRoutes(ids: readonly number[]): void {
    for (const id of ids) this.#routes.release(id);
  }
}
