import { createHash } from 'node:crypto';
import { secretAskedBy } from '../../core/asked-secret.ts';
import type { IngressReading } from '../../core/ingress-reading.ts';
import { objectName } from '../../core/objects/metadata.ts';
import type { ObjectRef } from '../../kube/kind.ts';
import type { Notice } from './notices.ts';

/** ServiceAccount of the routers, in our namespace (webhook-config/base/router). */
export const ROUTER_ACCOUNT = 'sluice-router';

/** The same length for every Secret: the Event that it is told in has at most 1,024 characters. */
const grantName = (secret: string): string =>
  `sluice-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`;

/** A Role for one Secret and its binding, as one object that `kubectl apply -f -` takes; JSON, and so YAML. */
export const secretGrant = ({ namespace, name }: ObjectRef, routerNamespace: string) => {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name: grantName(name), namespace };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion,
        kind: 'Role',
        metadata,
        rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [name], verbs: ['list', 'watch'] }],
      },
      {
        apiVersion,
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: ROUTER_ACCOUNT, namespace: routerNamespace }],
      },
    ],
  };
};

/** events.k8s.io refuses longer messages. */
const MAX_MESSAGE_LENGTH = 1_024;

const grantMessage = (secret: ObjectRef, routerNamespace: string): string => {
  const closed = 'answers 503: the routers may not read its auth-secret';
  const message = `${closed}, until somebody applies this: ${JSON.stringify(secretGrant(secret, routerNamespace))}`;
  return message.length <= MAX_MESSAGE_LENGTH
    ? message
    : `${closed}; docs/annotations.md shows the Role and RoleBinding that let them.`;
};

/** A router that starts, and who has just applied the grant, should not find an Event about it. */
const SETTLE_MS = 5_000;

/** What Ingresses ask for that nobody has let the routers read: their routes are closed, and the way out is this. */
export const missingGrants = (
  readings: readonly IngressReading[],
  {
    missingGrants,
    ownNamespace,
  }: { readonly missingGrants: ReadonlySet<string>; readonly ownNamespace: string },
): readonly Notice[] =>
  readings.flatMap((reading): readonly Notice[] => {
    const secret = secretAskedBy(reading);
    if (secret === null || !missingGrants.has(objectName(secret))) return [];
    const { namespace, name } = reading.ingress.metadata;
    return [
      {
        object: { kind: 'Ingress', namespace, name },
        type: 'Warning',
        reason: 'SecretNotGranted',
        message: grantMessage(secret, ownNamespace),
        settleMs: SETTLE_MS,
      },
    ];
  });
