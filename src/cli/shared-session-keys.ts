import { secretStore } from '../controller/certificates/secret-store.ts';
import { SESSION_KEYS_SECRET } from '../controller/session-keys.ts';
import { systemClock } from '../kube/clock.ts';
import type { Connection } from '../kube/connection/connection.ts';
import { ApiObjectClient } from '../kube/objects/api-object-client.ts';
import type { RouterSessionKeys } from './router-session-keys.ts';
import { type SessionKeysOptions, sessionKeys, type TlsStart } from './tls-start.ts';

export type SharedKeysPlace = { readonly connection: Connection; readonly namespace: string };

/** The session keys that all routers of a cluster share; null: TLS is off. */
export const sharedSessionKeys = (
  tls: TlsStart | null,
  { connection, namespace }: SharedKeysPlace,
  options: Omit<SessionKeysOptions, 'shared'>,
): RouterSessionKeys | null => {
  if (tls === null) return null;
  const client = new ApiObjectClient({ connection, clock: systemClock });
  const ref = { namespace, name: SESSION_KEYS_SECRET };
  return sessionKeys(tls, { ...options, shared: secretStore(client, { ref, type: 'Opaque' }) });
};
