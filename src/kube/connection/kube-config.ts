import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Credentials, ServerAccess } from './server-access.ts';

/** Those headers of a request that are one text each; lists are not credentials. */
const plainHeaders = (headers: RequestOptions['headers']): Record<string, string> => {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (typeof value === 'string') plain[name.toLowerCase()] = value.trim();
  }
  return plain;
};

const tlsText = (value: unknown): string | Buffer | undefined =>
  typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined;

const credentialsOf = (options: RequestOptions, throughProxy: boolean): Credentials => {
  const ca = tlsText(options.ca);
  const cert = tlsText(options.cert);
  const key = tlsText(options.key);
  const headers = plainHeaders(options.headers);
  if (typeof options.auth === 'string') {
    headers.authorization ??= `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return {
    headers,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(options.servername === undefined ? {} : { servername: options.servername }),
      ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
    },
    ...(throughProxy && typeof options.agent === 'object' ? { agent: options.agent } : {}),
  };
};

/** What names a first file leaves to a second one, as kubectl merges: the first file to name something wins. */
const missingFrom = <T extends { readonly name: string }>(known: readonly T[], more: readonly T[]): T[] =>
  more.filter(({ name }) => !known.some(item => item.name === name));

const mergeFile = (config: KubeConfig, file: KubeConfig): void => {
  config.clusters = [...config.clusters, ...missingFrom(config.clusters, file.clusters)];
  config.users = [...config.users, ...missingFrom(config.users, file.users)];
  config.contexts = [...config.contexts, ...missingFrom(config.contexts, file.contexts)];
  config.currentContext ||= file.currentContext;
};

/**
 * Access as a kubeconfig describes it: tokens, certificates, exec plugins, OIDC, proxies. This is what
 * @kubernetes/client-node is taken for, and all that it is taken for (ADR 0017); it is loaded here only, since
 * pods do not need it.
 *
 * Rejects with what is wrong with a file.
 */
export const kubeConfigAccess = async (files: readonly string[], context?: string): Promise<ServerAccess> => {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  for (const file of files) {
    const one = new client.KubeConfig();
    one.loadFromFile(file);
    mergeFile(config, one);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new Error(`no cluster for the context ${JSON.stringify(config.currentContext ?? '')}`);
  }
  // Without TLS there is nothing to verify; client-node would refuse `kubectl proxy` for not saying so.
  if (cluster.server.startsWith('http:')) {
    config.clusters = config.clusters.map(item =>
      item.name === cluster.name ? { ...item, skipTLSVerify: true } : item,
    );
  }
  const namespace = config.getContextObject(config.currentContext)?.namespace;
  return {
    server: cluster.server,
    namespace: namespace || null,
    origin: `${files.join(', ')} (context ${config.currentContext})`,
    credentials: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return credentialsOf(options, Boolean(cluster.proxyUrl));
    },
    // It keeps no answer of its own that a 401 could prove wrong but a plugin's, which has its own expiry.
    renew: () => {},
  };
};
