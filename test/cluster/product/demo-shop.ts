import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answered } from '../control-plane/answered.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { startBackend } from '../router/backends.ts';
import { SEED } from '../seed-manifests.ts';

const NAMESPACE = 'default';
const PORT = 8080;
const APPS = ['cart', 'order', 'www'] as const;

/** The pods of the seed's Services, each saying its name; only cart has an edge. */
const PODS = [
  ...APPS.map(app => ({ name: `${app}-1`, labels: { app, track: 'stable' } })),
  { name: 'cart-edge-1', labels: { app: 'cart', track: 'edge' } },
];

/** The seed's own file where it is served, and the same in the version of today elsewhere. */
const seedFile = async (plane: ControlPlane): Promise<string> => {
  if (plane.version === 'oldest') {
    const file = new URL('../../../examples/taobao/seed/ingress-before.yaml', import.meta.url);
    return fileURLToPath(file);
  }
  const path = join(plane.folder, 'ingress.yaml');
  await writeFile(path, SEED.before.v1);
  return path;
};

/**
 * Opens the seed's shop in the namespace `default`: its Services, and its pods where they can have addresses. Returns
 * what a person may try, line by line.
 */
export const openDemoShop = async (
  plane: ControlPlane,
  { url, nextAddress }: { readonly url: string; readonly nextAddress: (() => string) | null },
): Promise<readonly string[]> => {
  for (const app of APPS) {
    await answered(plane, {
      method: 'POST',
      path: `/api/v1/namespaces/${NAMESPACE}/services`,
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: `${app}-svc` },
        spec: { selector: { app }, ports: [{ port: PORT, targetPort: PORT }] },
      },
    });
  }
  if (nextAddress !== null) {
    for (const pod of PODS) {
      const shown = { namespace: NAMESPACE, ...pod, says: `${pod.name}\n` };
      await startBackend(plane, shown, nextAddress());
    }
  }
  const answer = (pod: string): string => (nextAddress === null ? '503 without pods' : pod);
  const file = await seedFile(plane);
  return [
    'Try:',
    `  kubectl apply -f ${file}`,
    '  kubectl get ingress,services',
    `  kubectl annotate ingress taobao-ing sluice.dev/tickets='{header: {foo: bar}}'`,
    `  curl -H 'Host: taobao.com' ${url}/cart                  # ${answer('cart-1')}`,
    `  curl -H 'Host: taobao.com' -H 'foo: bar' ${url}/cart    # ${answer('cart-edge-1')}`,
  ];
};
