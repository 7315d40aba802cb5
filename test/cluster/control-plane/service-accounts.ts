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

/** As a pod gets it; nobody renews these, so whoever needs one for longer says so. */
const TOKEN_SECONDS = 3600;

/** A bearer token, as a pod of that ServiceAccount gets it (TokenRequest; both versions serve it). */
export const serviceAccountToken = async (
  plane: ControlPlane,
  { namespace, name }: ServiceAccountName,
  expirationSeconds = TOKEN_SECONDS,
): Promise<string> =>
  tokenIn(
    await answered(plane, {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds },
      },
    }),
  );

/** Writes a kubeconfig that acts as the ServiceAccount, under exactly the RBAC that it has; returns its path. */
export const serviceAccountKubeconfig = async (
  plane: ControlPlane,
  account: ServiceAccountName,
  expirationSeconds = TOKEN_SECONDS,
): Promise<string> =>
  writeKubeconfig(join(plane.folder, `${account.namespace}-${account.name}.kubeconfig`), {
    url: plane.url,
    caBundle: plane.caBundle,
    token: await serviceAccountToken(plane, account, expirationSeconds),
    namespace: account.namespace,
  });
