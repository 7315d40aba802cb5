import { writeFile } from 'node:fs/promises';

/** Writes a kubeconfig of one cluster and one bearer token; JSON is YAML too. */
export const writeKubeconfig = async (
  path: string,
  {
    url,
    caBundle,
    token,
    namespace,
  }: {
    readonly url: string;
    /** Null for a proxy that is asked over plain HTTP. */
    readonly caBundle: string | null;
    readonly token: string;
    readonly namespace?: string;
  },
): Promise<string> => {
  const authority =
    caBundle === null ? {} : { 'certificate-authority-data': Buffer.from(caBundle).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, ...authority } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [
      { name: 'test', context: { cluster: 'test', user: 'test', ...(namespace ? { namespace } : {}) } },
    ],
    'current-context': 'test',
  };
  await writeFile(path, JSON.stringify(config, null, 2), { mode: 0o600 });
  return path;
};
