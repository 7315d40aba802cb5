import { withHttpsRedirect } from '../policies/https-redirect.ts';
import type { RouteAction, RoutePlanEntry } from '../route-plan.ts';

const redirected = (action: RouteAction): RouteAction =>
  action.kind === 'refuse' ? action : { ...action, policies: withHttpsRedirect(action.policies ?? []) };

/**
 * Routes as they are on hosts that have a certificate: who comes in clear is sent to HTTPS. One for each route and not
 * for each host, so that hosts whose routes come to the same go on sharing them.
 */
export class HttpsRoutes {
  readonly #routes = new WeakMap<RoutePlanEntry, RoutePlanEntry>();
  readonly #actions = new WeakMap<RouteAction, RouteAction>();

  route(route: RoutePlanEntry): RoutePlanEntry {
    const known = this.#routes.get(route);
    if (known !== undefined) return known;
    const made = { match: route.match, action: this.action(route.action) };
    this.#routes.set(route, made);
    return made;
  }

  action(action: RouteAction): RouteAction {
    const known = this.#actions.get(action);
    if (known !== undefined) return known;
    const made = redirected(action);
    this.#actions.set(action, made);
    return made;
  }
}
