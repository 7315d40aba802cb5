import type { SecretData, SecretStore } from '../../../certs/stores.ts';
import type { ObjectRef } from '../../kube/kind.ts';
import { SECRET } from '../../kube/kinds.ts';
import type { ObjectClient } from '../../kube/objects/object-client.ts';
import { readOutcome, writeOutcome } from './write-outcome.ts';

export type SecretStoreOptions = {
  readonly ref: ObjectRef;
  /** The type that it is made with; `kubernetes.io/tls` asks for `tls.crt` and `tls.key`, and never changes. */
  readonly type: 'Opaque' | 'kubernetes.io/tls';
};

const encoded = (data: SecretData): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'utf8').toString('base64')]),
  );

const decoded = (data: Readonly<Record<string, string>>): SecretData =>
  Object.fromEntries(
    Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64').toString('utf8')]),
  );

/** A Secret with certificates. Its labels, its annotations and its type are its maker's. */
export const secretStore = (client: ObjectClient, { ref, type }: SecretStoreOptions): SecretStore => ({
  name: `Secret ${ref.namespace}/${ref.name}`,
  read: async () => {
    const read = readOutcome(await client.get(SECRET, ref));
    return read === null ? null : { content: decoded(read.object.data), version: read.resourceVersion };
  },
  write: async (data, version) => {
    if (version === null) {
      const manifest = { metadata: { name: ref.name }, type, data: encoded(data) };
      return writeOutcome(await client.create(SECRET, ref.namespace, manifest), 'create');
    }
    // All of `data`, so that a key that is no more needed is gone; a merge would keep it.
    const body = [{ op: 'add', path: '/data', value: encoded(data) }];
    const patched = await client.patch(SECRET, ref, { type: 'json', body }, { resourceVersion: version });
    return writeOutcome(patched, 'change');
  },
});
