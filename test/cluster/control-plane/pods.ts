import { answered } from './answered.ts';
import type { ControlPlane } from './control-plane.ts';
import { NODE_NAME } from './node.ts';

export type PodName = { readonly namespace: string; readonly name: string };

export type PodShape = PodName & {
  readonly labels: Readonly<Record<string, string>>;
  /** Container ports by name, for Services whose targetPort is a name. */
  readonly ports?: Readonly<Record<string, number>>;
};

export type PodStatus = {
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  /** Never a loopback address: an EndpointSlice may not hold one. */
  readonly ip?: string;
  readonly ready: boolean;
  /** Of the container that `kubectl get pods` shall count; none is counted by default. */
  readonly container?: string;
};

/** Of every pod that `newPod` makes. */
export const CONTAINER = 'app';
const STARTED_AT = '2026-01-01T00:00:00Z';

const pathOf = ({ namespace, name }: PodName): string => `/api/v1/namespaces/${namespace}/pods/${name}`;

/** What a kubelet would report. */
export const setPodStatus = async (
  plane: ControlPlane,
  pod: PodName,
  { phase = 'Running', ip, ready, container }: PodStatus,
): Promise<void> => {
  const status = {
    phase,
    ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
    conditions: ['ContainersReady', 'Ready'].map(type => ({ type, status: ready ? 'True' : 'False' })),
    ...(container === undefined
      ? {}
      : {
          containerStatuses: [
            {
              name: container,
              ready,
              restartCount: 0,
              image: 'none',
              imageID: '',
              // kubectl counts as ready what is ready and runs.
              ...(phase === 'Running' ? { state: { running: { startedAt: STARTED_AT } } } : {}),
            },
          ],
        }),
  };
  await answered(plane, { method: 'PATCH', path: `${pathOf(pod)}/status`, body: { status } });
};

/** Makes a pod that runs nothing but says that it does, as far as anybody can see from its status. */
export const newPod = async (plane: ControlPlane, pod: PodShape, status: PodStatus): Promise<void> => {
  const { namespace, name, labels, ports = {} } = pod;
  await answered(plane, {
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels },
      spec: {
        // 1.20 admits no pod with a token before the token's Secret is made.
        automountServiceAccountToken: false,
        // Without a node that exists a pod becomes no endpoint.
        nodeName: NODE_NAME,
        containers: [
          {
            name: CONTAINER,
            image: 'none',
            ports: Object.entries(ports).map(([port, containerPort]) => ({ name: port, containerPort })),
          },
        ],
      },
    },
  });
  await setPodStatus(plane, pod, status);
};

/** Deletes it as the kubelet does in the end: the pod is gone at once. */
export const deletePod = async (plane: ControlPlane, pod: PodName): Promise<void> => {
  await answered(plane, { method: 'DELETE', path: `${pathOf(pod)}?gracePeriodSeconds=0` });
};

/** Deletes it as a user does: it stays, terminating, until `deletePod`, since there is no kubelet to end it. */
export const terminatePod = async (plane: ControlPlane, pod: PodName): Promise<void> => {
  await answered(plane, { method: 'DELETE', path: pathOf(pod) });
};
