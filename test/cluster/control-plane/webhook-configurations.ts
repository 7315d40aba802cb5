import { answered } from './answered.ts';
import type { ControlPlane } from './control-plane.ts';

const KINDS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'];

type ServiceClient = { readonly service?: { readonly path?: string }; readonly url?: string };

type Configuration = {
  readonly metadata: { readonly name: string };
  readonly webhooks?: readonly { readonly clientConfig: ServiceClient }[];
};

const pathOf = ({ service, url }: ServiceClient): string =>
  service?.path ?? (url === undefined ? '/' : new URL(url).pathname);

/**
 * Makes every webhook of these configurations call `url` with the path that it has, instead of a Service: without
 * kube-proxy the API server reaches none. The webhook's certificate must be for the address in `url`.
 */
export const pointWebhooksAt = async (
  plane: ControlPlane,
  target: {
    /** `https://127.0.0.1:PORT` */
    readonly url: string;
    /** PEM; left as it is where it is not given, for a role that keeps it by itself. */
    readonly caBundle?: string;
    /** Names of configurations; those of one name are changed in both kinds. @default all */
    readonly names?: readonly string[];
  },
): Promise<void> => {
  const caBundle =
    target.caBundle === undefined ? {} : { caBundle: Buffer.from(target.caBundle).toString('base64') };
  for (const kind of KINDS) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}`;
    const { items } = (await answered(plane, { method: 'GET', path })) as {
      readonly items: readonly Configuration[];
    };
    for (const { metadata, webhooks = [] } of items) {
      if (target.names !== undefined && !target.names.includes(metadata.name)) continue;
      await answered(plane, {
        method: 'PATCH',
        path: `${path}/${metadata.name}`,
        contentType: 'application/json-patch+json',
        body: webhooks.map(({ clientConfig }, index) => {
          const { service: _, ...kept } = clientConfig;
          const url = new URL(pathOf(clientConfig), target.url).href;
          return {
            op: 'replace',
            path: `/webhooks/${index}/clientConfig`,
            value: { ...kept, url, ...caBundle },
          };
        }),
      });
    }
  }
};
