import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { CONTAINER, newPod } from '../control-plane/pods.ts';

export type Backend = {
  readonly name: string;
  readonly address: string;
  readonly server: Server;
  requests: number;
};

const PORT = 8080;

/** A pod that the API server knows of, and a server on its address that says its name. */
export const startBackend = async (
  plane: ControlPlane,
  pod: {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Its answer in place of its name. */
    readonly says?: string;
  },
  address: string,
  ready = true,
): Promise<Backend> => {
  const server = createServer((_, response) => {
    backend.requests += 1;
    response.end(pod.says ?? pod.name);
  });
  const backend: Backend = { name: pod.name, address, server, requests: 0 };
  server.listen(PORT, address);
  await once(server, 'listening');
  await newPod(plane, pod, { ip: address, ready, container: CONTAINER });
  return backend;
};

/** A Service whose pods listen on the backends' port. */
export const serviceManifest = (
  name: string,
  selector: Readonly<Record<string, string>>,
  labels = {},
): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, labels },
  spec: { selector, ports: [{ port: 80, targetPort: PORT }] },
});
