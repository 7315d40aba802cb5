import { answered } from './answered.ts';
import type { ControlPlane } from './control-plane.ts';

/** The node that all pods are on. */
export const NODE_NAME = 'node-1';

/** Makes the node and says that it is ready; nothing runs on it, and nobody will ask it. */
export const newNode = async (plane: Pick<ControlPlane, 'request'>): Promise<void> => {
  const path = '/api/v1/nodes';
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE_NAME } };
  await answered(plane, { method: 'POST', path, body });
  const conditions = [{ type: 'Ready', status: 'True', reason: 'SaidSo', message: 'there is no kubelet' }];
  await answered(plane, {
    method: 'PATCH',
    path: `${path}/${NODE_NAME}/status`,
    body: { status: { conditions, addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] } },
  });
};
