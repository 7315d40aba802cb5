import type { ClusterView, RouteName } from '../admission/cluster-view.ts';
import { routeIdentity, routesOf } from '../admission/ingress-routes.ts';
import { type ReadingContext, readIngress } from '../core/ingress-reading.ts';
import type { Ingress } from '../core/objects/ingress.ts';

/**
 * What the Ingresses admitted so far hold: domains by namespace and routes by Ingress. It answers the
 * questions of one review by look-up, so a thousand files cost a thousand times one.
 */
export class AdmittedIngresses implements Pick<ClusterView, 'claimHolder' | 'routeHolder'> {
  readonly #context: ReadingContext;
  readonly #claims = new Map<string, string>();
  readonly #routes = new Map<string, string>();
  /** Domain and namespace, as JSON. */
  readonly #names = new Set<string>();

  constructor(context: ReadingContext) {
    this.#context = context;
  }

  /** Domain -> namespace. */
  get claims(): ReadonlyMap<string, string> {
    return this.#claims;
  }

  /** Takes note of a stored Ingress; what others hold already stays theirs. */
  add(ingress: Ingress): void {
    const reading = readIngress(ingress, this.#context);
    if (reading === null || reading.nginx.canary) return;
    const { namespace } = ingress.metadata;
    for (const domain of reading.rules.flatMap(rule => rule.domains)) {
      if (!this.#claims.has(domain)) this.#claims.set(domain, namespace);
      this.#names.add(JSON.stringify([domain, namespace]));
    }
    for (const route of routesOf(reading)) {
      const identity = routeIdentity(route);
      if (!this.#routes.has(identity)) this.#routes.set(identity, ingress.metadata.name);
    }
  }

  /** True if an Ingress of this namespace names the domain, whoever holds it. */
  names(domain: string, namespace: string): boolean {
    return this.#names.has(JSON.stringify([domain, namespace]));
  }

  claimHolder(domain: string): string | undefined {
    return this.#claims.get(domain);
  }

  routeHolder(route: RouteName, except: string): string | undefined {
    const holder = this.#routes.get(routeIdentity(route));
    return holder === except ? undefined : holder;
  }
}
