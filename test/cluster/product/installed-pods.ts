import { answered } from '../control-plane/answered.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_NAME } from '../control-plane/node.ts';

export const SYSTEM = 'sluice-system';

/** The three roles, by the name of their workload, which is that of their ServiceAccount too. */
export const ROLES = ['webhook', 'controller', 'router'] as const;
export type Role = (typeof ROLES)[number];

/** What the base has of each: Deployments of two, and a DaemonSet on our one node. */
const PODS_OF: Readonly<Record<Role, number>> = { webhook: 2, controller: 2, router: 1 };

/** A pod that the real controllers made of a shipped manifest, as much of it as a kubelet would look at here. */
export type InstalledPod = {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName: string;
    readonly containers: readonly {
      readonly name: string;
      readonly args?: readonly string[];
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
      readonly readinessProbe?: { readonly httpGet?: { readonly path?: string; readonly port: unknown } };
    }[];
  };
};

const podsOf = async (plane: ControlPlane, role: Role): Promise<readonly InstalledPod[]> => {
  const selector = encodeURIComponent(`app.kubernetes.io/name=sluice-${role}`);
  const path = `/api/v1/namespaces/${SYSTEM}/pods?labelSelector=${selector}`;
  const { items } = (await answered(plane, { method: 'GET', path })) as {
    readonly items: readonly InstalledPod[];
  };
  return items;
};

/** What a scheduler would do. */
const bind = async (plane: ControlPlane, { metadata: { name }, spec }: InstalledPod): Promise<void> => {
  if (spec.nodeName !== undefined) return;
  await answered(plane, {
    method: 'POST',
    path: `/api/v1/namespaces/${SYSTEM}/pods/${name}/binding`,
    body: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name },
      target: { apiVersion: 'v1', kind: 'Node', name: NODE_NAME },
    },
  });
};

/** Waits until the controllers have made every pod of a role, and puts them on the node. */
export const installedPods = async (plane: ControlPlane, role: Role): Promise<readonly InstalledPod[]> => {
  const pods = await eventually(`the pods of sluice-${role}`, async () => {
    const made = await podsOf(plane, role);
    return made.length === PODS_OF[role] ? made : null;
  });
  for (const pod of pods) await bind(plane, pod);
  return pods;
};
