import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Credentials, ServerAccess } from './server-access.ts';

/** Where the kubelet mounts a pod's identity. */
export const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** As client-go: the kubelet writes a new token long before the old one expires. */
const TOKEN_AGE_MS = 60_000;

type PodEnvironment = Readonly<Record<string, string | undefined>>;

/** The API server as a pod's environment names it; null outside of pods. */
export const inClusterServer = (env: PodEnvironment): string | null => {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  if (host === undefined || host === '' || port === undefined || port === '') return null;
  return `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
};

const optionalText = async (file: string): Promise<string | null> => {
  try {
    return (await readFile(file, 'utf8')).trim() || null;
  } catch {
    return null;
  }
};

/**
 * A pod's own access. Written out rather than taken from @kubernetes/client-node, whose import costs 85 MB and
 * 0.7 s in every pod (ADR 0017), and which trusts a refused token for up to a minute.
 */
export const inClusterAccess = async (
  server: string,
  clock: Pick<Clock, 'now'>,
  folder: string = SERVICE_ACCOUNT_FOLDER,
): Promise<ServerAccess> => {
  let cached: { readonly credentials: Credentials; readonly readAt: number } | null = null;
  const read = async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([
      readFile(join(folder, 'token'), 'utf8'),
      readFile(join(folder, 'ca.crt')),
    ]);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  };
  return {
    server,
    namespace: await optionalText(join(folder, 'namespace')),
    origin: `the service account in ${folder}`,
    credentials: async () => {
      if (cached === null || clock.now() - cached.readAt >= TOKEN_AGE_MS) {
        cached = { credentials: await read(), readAt: clock.now() };
      }
      return cached.credentials;
    },
    renew: () => {
      cached = null;
    },
  };
};
