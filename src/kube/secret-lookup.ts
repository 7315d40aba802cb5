import { objectName } from '../core/objects/metadata.ts';
import type { Secret } from '../core/objects/secret.ts';
import type { Clock } from './clock.ts';
import type { Connection } from './connection/connection.ts';
import { resourcePath } from './connection/resource-path.ts';
import type { ObjectRef } from './kind.ts';
import { SECRET } from './kinds.ts';
import { readIncoming } from './watching/incoming.ts';
import { listObjects } from './watching/list-objects.ts';

const API_VERSION = 'v1';

export type SecretLookup = {
  readonly connection: Pick<Connection, 'transport'>;
  readonly clock: Pick<Clock, 'after'>;
  /** For all of them together. */
  readonly timeoutMs: number;
};

const lookUp = async (
  { namespace, name }: ObjectRef,
  { connection, clock, timeoutMs }: SecretLookup,
): Promise<Secret | undefined | null> => {
  let found: Secret | undefined | null;
  const end = await listObjects(
    {
      path: resourcePath(SECRET, API_VERSION, { namespace }),
      fieldSelector: `metadata.name=${name}`,
      pageSize: 1,
    },
    { transport: connection.transport, clock, timeoutMs },
    item => {
      const parsed = readIncoming(SECRET, API_VERSION, item)?.parsed;
      found = parsed?.ok ? parsed.value : null;
    },
  );
  return end.ok ? found : null;
};

/**
 * Single Secrets, looked at once, by a list of their own names, as whoever follows them does (`named-secrets.ts`): one
 * Role is enough for both. Undefined: it is not there; what nobody lets us read, or did not come in time, is missing.
 */
export const lookUpSecrets = async (
  names: readonly ObjectRef[],
  lookup: SecretLookup,
): Promise<ReadonlyMap<string, Secret | undefined>> => {
  const found = await Promise.all(
    names.map(async ref => [objectName(ref), await lookUp(ref, lookup)] as const),
  );
  return new Map(found.flatMap(([name, secret]) => (secret === null ? [] : [[name, secret] as const])));
};
