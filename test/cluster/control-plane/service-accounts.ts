import { join } from 'node:path';
import { answered } from './answered.ts';
import type { ControlPlane } from './control-plane.ts';
import { writeKubeconfig } from './kubeconfig.ts';

export type ServiceAccountName = { readonly namespace: string; readonly name: string };

const tokenIn = (answer: unknown): string => {
  const { status } = answer as { readonly status?: { readonly token?: unknown } };
  if (typeof status?.token === 'string') return status.token;
  throw new Error(`a TokenRequest was answered without a token: ${JSON.stringify(answer)}`);
};

/** A bearer token for an hour, as a pod of that ServiceAccount gets it (TokenRequest; both versions serve it). */
export const serviceAccountToken = async (
  plane: ControlPlane,
  { namespace, name }: ServiceAccountName,
): Promise<string> =>
  tokenIn(
    await answered(plane, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 3600 },
      },
    }),
  );

/** Writes a kubeconfig that acts as the ServiceAccount, under exactly the RBAC that it has; returns its path. */
export const serviceAccountKubeconfig = async (
  plane: ControlPlane,
  account: ServiceAccountName,
): Promise<string> =>
  writeKubeconfig(join(plane.folder, `${account.namespace}-${account.name}.kubeconfig`), {
    url: plane.url,
    caBundle: plane.caBundle,
    token: await serviceAccountToken(plane, account),
    namespace: account.namespace,
  });
