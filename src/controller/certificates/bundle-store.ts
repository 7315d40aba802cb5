import type { BundleStore } from '../../../certs/stores.ts';
import type { WebhookConfiguration } from '../../core/objects/webhook-configuration.ts';
import type { Kind } from '../../kube/kind.ts';
import type { ObjectClient } from '../../kube/objects/object-client.ts';
import { readOutcome, writeOutcome } from './write-outcome.ts';

/** The caBundles of one webhook configuration, all of whose webhooks are ours. */
export const bundleStore = (
  client: ObjectClient,
  kind: Kind<WebhookConfiguration>,
  name: string,
): BundleStore => {
  const ref = { namespace: '', name };
  return {
    name: `${kind.name} ${name}`,
    read: async () => {
      const read = readOutcome(await client.get(kind, ref));
      if (read === null) return null;
      const { webhooks } = read.object;
      return {
        content: webhooks.map(({ caBundle }) => Buffer.from(caBundle, 'base64').toString('utf8')),
        version: read.resourceVersion,
      };
    },
    write: async (bundle, version) => {
      if (version === null) return 'conflict';
      // Read again for their number; the version says that it is the one of before.
      const read = readOutcome(await client.get(kind, ref));
      if (read === null || read.resourceVersion !== version) return 'conflict';
      const value = Buffer.from(bundle, 'utf8').toString('base64');
      const body = read.object.webhooks.map((_, place) => ({
        op: 'add',
        path: `/webhooks/${place}/clientConfig/caBundle`,
        value,
      }));
      const patched = await client.patch(kind, ref, { type: 'json', body }, { resourceVersion: version });
      return writeOutcome(patched, 'change');
    },
  };
};
