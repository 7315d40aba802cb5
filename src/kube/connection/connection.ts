import type { Clock } from '../clock.ts';
import { type AccessOptions, findAccess } from './find-access.ts';
import { HttpsTransport } from './https-transport.ts';
import { discoverApis, type ServedApis } from './served-apis.ts';
import type { ServerAccess } from './server-access.ts';
import type { Transport } from './transport.ts';

/** One API server, as everything in src/kube talks to it. */
export type Connection = {
  readonly transport: Transport;
  readonly served: ServedApis;
  /** The namespace that we run in, or the kubeconfig's; null: neither says. */
  readonly namespace: string | null;
  /** `https://… (kubeconfig …)`, for messages. */
  readonly description: string;
};

export const connectionTo = (access: ServerAccess, clock: Clock): Connection => {
  const transport = new HttpsTransport(access, clock.wallMs);
  return {
    transport,
    served: discoverApis(transport, clock),
    namespace: access.namespace,
    description: `${access.server}, by ${access.origin}`,
  };
};

/** Finds the API server and the way in; asks it nothing yet. Rejects with an `AccessError`. */
export const connect = async (options: Omit<AccessOptions, 'clock'>, clock: Clock): Promise<Connection> =>
  connectionTo(await findAccess({ ...options, clock }), clock);
