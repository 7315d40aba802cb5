import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKubeconfig } from './kubeconfig.ts';
import type { Authority } from './pki.ts';

/** Writes keys, certificates, tokens and kubeconfigs under the names that the command lines use. */
export const writePlaneFiles = async (
  folder: string,
  { url, authority }: { readonly url: string; readonly authority: Authority },
): Promise<{ readonly adminToken: string; readonly kubeconfig: string }> => {
  const adminToken = randomBytes(16).toString('hex');
  const controllerToken = randomBytes(16).toString('hex');
  const serving = authority.issue(['127.0.0.1', 'localhost', 'kubernetes.default.svc', '10.96.0.1']);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const files = {
    'ca.crt': authority.certificate,
    'api-server.crt': serving.certificate,
    'api-server.key': serving.key,
    'service-account.key': privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    'service-account.pub': publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'tokens.csv': [
      `${adminToken},test-admin,test-admin,system:masters`,
      `${controllerToken},system:kube-controller-manager,controller-manager,system:masters\n`,
    ].join('\n'),
  };
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const caBundle = authority.certificate;
  const kubeconfigOf = (name: string, token: string): Promise<string> =>
    writeKubeconfig(join(folder, `${name}.kubeconfig`), { url, caBundle, token });
  await kubeconfigOf('controller-manager', controllerToken);
  return { adminToken, kubeconfig: await kubeconfigOf('admin', adminToken) };
};
