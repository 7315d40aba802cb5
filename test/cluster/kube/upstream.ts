import { systemClock } from '../../../src/kube/clock.ts';
import { type Connection, connect } from '../../../src/kube/connection/connection.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { newNamespace } from '../control-plane/namespaces.ts';

let namespaces = 0;

/** The API server by its kubeconfig, and an empty namespace in it. */
export const upstreamOf = async (
  plane: ControlPlane,
): Promise<{ readonly upstream: Connection; readonly namespace: string }> => {
  namespaces += 1;
  return {
    upstream: await connect({ kubeconfig: plane.kubeconfig, env: {} }, systemClock),
    namespace: await newNamespace(plane, `kube-${namespaces}`),
  };
};

/** A manifest of the seed, which says `default`, moved to a namespace of a test's own. */
export const inNamespace = (manifest: string, namespace: string): string =>
  manifest.replaceAll('namespace: default', `namespace: ${namespace}`);
