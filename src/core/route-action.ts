import { findBackend } from './found-backend.ts';
import type { IngressReading } from './ingress-reading.ts';
import type { Backend } from './objects/ingress.ts';
import { type FoundUsers, findUsers, unknownUsers } from './policies/basic-auth.ts';
import type { RouteAction, RouteSource } from './route-plan.ts';
import type { BasicAuth, RoutePolicy } from './route-settings.ts';
import type { SecretSource } from './secret-source.ts';
import type { ServedRule } from './served-hosts.ts';
import { STABLE_TRACK } from './service-map.ts';

/** What a route leads to, as far as other objects decide it. */
export interface Backends extends SecretSource {
  /** Which edge Services of a stable one are valid, of those that this Ingress maps it to: track -> Service. */
  tracksOf(reading: IngressReading, service: string): ReadonlyMap<string, string>;
  /** The id of the pool, which is then part of the plan. */
  stablePool(namespace: string, service: string, port: number | string): string;
  edgePool(namespace: string, edge: string, port: number | string): string;
}

/** The users that an Ingress asks for; null where it asks for none. */
export const usersFor = ({ ingress, nginx }: IngressReading, source: SecretSource): FoundUsers | null => {
  const { basicAuth } = nginx;
  if (basicAuth === null) return null;
  const { namespace } = ingress.metadata;
  // Another namespace's users are none of this one's business; ingress-nginx, too, has that switched off.
  if (basicAuth.namespace !== null && basicAuth.namespace !== namespace)
    return {
      ok: false,
      reason: `auth-secret names the namespace "${basicAuth.namespace}", which is another one`,
    };
  if (source.knownSecrets === 'none') return unknownUsers(basicAuth);
  const secret = source.secret(namespace, basicAuth.secret);
  if (secret === undefined && source.knownSecrets === 'granted')
    return {
      ok: false,
      reason: `Secret "${basicAuth.secret}" does not exist, or may not be read (docs/annotations.md#access says how)`,
    };
  return findUsers(basicAuth, secret);
};

const withUsers = (policies: readonly RoutePolicy[], auth: BasicAuth): readonly RoutePolicy[] => {
  const ranges = policies.find(policy => policy.kind === 'access');
  const access: RoutePolicy = { ...(ranges ?? { kind: 'access', denied: [], allowed: null }), auth };
  return ranges === undefined
    ? [...policies, access]
    : policies.map(policy => (policy === ranges ? access : policy));
};

/** One path of a rule, or the default backend. */
export type RoutedBackend = {
  readonly backend: Backend;
  readonly field: string;
  /** Below which the path's cookies hold. */
  readonly cookiePath: string;
  readonly backends: Backends;
};

/** Where one path (or default backend) of an Ingress leads. */
export const routeAction = (
  reading: IngressReading,
  rule: ServedRule,
  { backend, field, cookiePath, backends }: RoutedBackend,
): RouteAction => {
  const { ingress, config, nginx, paused } = reading;
  const { namespace, name } = ingress.metadata;
  const source: RouteSource = { namespace, ingress: name, field };
  const closedBy = [...nginx.unsupportedAccess, ...nginx.accessProblems];
  if (closedBy.length > 0) {
    const names = closedBy.map(problem => problem.field).join(', ');
    return {
      kind: 'refuse',
      source,
      reason: `Ingress ${namespace}/${name} asks for access control that is not enforced here (${names}), so it is not served.`,
    };
  }
  const users = usersFor(reading, backends);
  if (users?.ok === false) {
    // Clients read it: what is wrong with which Secret stands in the report.
    const reason = `The users of Ingress ${namespace}/${name} cannot be read, so it is not served.`;
    return { kind: 'refuse', source, reason };
  }
  const policies = users === null ? nginx.policies : withUsers(nginx.policies, users.auth);
  if (backend.kind === 'resource') {
    return {
      kind: 'refuse',
      source,
      reason: `The backend of Ingress ${namespace}/${name} is no Service (${backend.description}).`,
    };
  }
  const spoken = findBackend(reading, backend.name, backends);
  if (!spoken.ok) {
    const reason = `The pods of Ingress ${namespace}/${name} cannot be spoken to as it asks, so it is not served.`;
    return { kind: 'refuse', source, reason };
  }
  // A rule that no service-config lists has no tickets, so it needs no other track either.
  const tracks = rule.listed ? backends.tracksOf(reading, backend.name) : new Map<string, string>();
  const edges = [...tracks].map(
    ([track, edge]) => [track, backends.edgePool(namespace, edge, backend.port)] as const,
  );
  const stable = [STABLE_TRACK, backends.stablePool(namespace, backend.name, backend.port)] as const;
  return {
    kind: 'forward',
    source,
    service: backend.name,
    pools: Object.fromEntries([...edges, stable].sort(([a], [b]) => (a < b ? -1 : 1))),
    tickets: rule.listed ? reading.tickets : [],
    paused,
    onEmptyEdge: config?.onEmptyEdge ?? 'stable',
    ownHost: rule.ownHost,
    rewriteTarget: nginx.rewriteTarget,
    balance: nginx.balance,
    // Each path has its own cookie, as in ingress-nginx: Services that shared one would take turns at setting it.
    affinity: nginx.affinity === null ? null : { ...nginx.affinity, path: nginx.affinity.path ?? cookiePath },
    ...(policies.length === 0 ? {} : { policies }),
    ...(spoken.backend === null ? {} : { backend: spoken.backend }),
  };
};
