import { answered } from './answered.ts';
import type { ControlPlane } from './control-plane.ts';
import { eventually } from './eventually.ts';

/** Makes a namespace, and waits for its default ServiceAccount: without that no pod is admitted. */
export const newNamespace = async (
  plane: ControlPlane,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> => {
  await answered(plane, {
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } },
  });
  const path = `/api/v1/namespaces/${name}/serviceaccounts/default`;
  await eventually(`the ServiceAccount of ${name}`, async () =>
    (await plane.request({ method: 'GET', path })).status === 200 ? name : null,
  );
  return name;
};
