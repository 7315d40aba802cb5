import { createHash } from 'node:crypto';
import { type AskedSecret, type SecretUse, secretsAskedBy } from '../../core/asked-secret.ts';
import type { IngressReading } from '../../core/ingress-reading.ts';
import { objectName } from '../../core/objects/metadata.ts';
import type { Notice } from './notices.ts';

/** ServiceAccounts in our namespace (webhook-config/base). */
export const ROUTER_ACCOUNT = 'sluice-router';
const CONTROLLER_ACCOUNT = 'sluice-controller';
const WEBHOOK_ACCOUNT = 'sluice-webhook';

/** Who reads what a Secret is asked for: the routers use it, the others say what is wrong with it. */
const READERS: Readonly<Record<SecretUse, readonly string[]>> = {
  users: [ROUTER_ACCOUNT],
  backend: [ROUTER_ACCOUNT],
  certificate: [ROUTER_ACCOUNT, CONTROLLER_ACCOUNT, WEBHOOK_ACCOUNT],
};

/** The same length for every Secret: the Event that it is told in has at most 1,024 characters. */
const grantName = (secret: string): string =>
  `sluice-${createHash('sha256').update(secret).digest('hex').slice(0, 8)}`;

/** A Role for one Secret and its binding, as one object that `kubectl apply -f -` takes; JSON, and so YAML. */
export const secretGrant = ({ namespace, name, use }: AskedSecret, ownNamespace: string) => {
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
        subjects: READERS[use].map(account => ({
          kind: 'ServiceAccount',
          name: account,
          namespace: ownNamespace,
        })),
      },
    ],
  };
};

/** events.k8s.io refuses longer messages. */
const MAX_MESSAGE_LENGTH = 1_024;

/** What is the case until then, and where the same is written at length. */
const MEANING = {
  users: {
    state: 'answers 503: the routers may not read its auth-secret',
    docs: 'docs/annotations.md',
  },
  backend: {
    state: 'answers 503: the routers may not read its proxy-ssl-secret',
    docs: 'docs/annotations.md',
  },
  certificate: {
    state:
      'its TLS clients are shown the default certificate: the routers may not read a Secret of its spec.tls',
    docs: 'docs/tls.md',
  },
} as const satisfies Record<SecretUse, unknown>;

const grantMessage = (secret: AskedSecret, ownNamespace: string): string => {
  const { state, docs } = MEANING[secret.use];
  const message = `${state}, until somebody applies this: ${JSON.stringify(secretGrant(secret, ownNamespace))}`;
  return message.length <= MAX_MESSAGE_LENGTH
    ? message
    : `${state}; ${docs} shows the Role and RoleBinding that let them.`;
};

/** A router that starts, and who has just applied the grant, should not find an Event about it. */
const SETTLE_MS = 5_000;

/** What Ingresses ask for that nobody has let the routers read, and the way out. */
export const missingGrants = (
  readings: readonly IngressReading[],
  {
    missingGrants,
    ownNamespace,
  }: { readonly missingGrants: ReadonlySet<string>; readonly ownNamespace: string },
): readonly Notice[] =>
  readings.flatMap((reading): readonly Notice[] => {
    const { namespace, name } = reading.ingress.metadata;
    const messages = secretsAskedBy(reading)
      .filter(secret => missingGrants.has(objectName(secret)))
      .map(secret => grantMessage(secret, ownNamespace));
    // Several entries may name one Secret.
    return [...new Set(messages)].map(message => ({
      object: { kind: 'Ingress', namespace, name },
      type: 'Warning',
      reason: 'SecretNotGranted',
      message,
      settleMs: SETTLE_MS,
    }));
  });
