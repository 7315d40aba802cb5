import { systemClock } from '../kube/clock.ts';
import { type Connection, connect } from '../kube/connection/connection.ts';
import { AccessError } from '../kube/connection/find-access.ts';
import type { ClusterFlags } from './cluster-flags.ts';

/** The cluster that a role works in, or one sentence why there is none. */
export type ClusterConnection =
  | {
      readonly ok: true;
      readonly connection: Connection;
      /** Where Sluice is installed. */
      readonly namespace: string;
    }
  | { readonly ok: false; readonly reason: string };

/** Finds the API server and our own namespace by flags and environment; asks nothing yet. */
export const clusterConnection = async (
  { kubeconfig, context, namespace: named }: ClusterFlags,
  env: NodeJS.ProcessEnv,
): Promise<ClusterConnection> => {
  try {
    const connection = await connect(
      {
        ...(kubeconfig === undefined ? {} : { kubeconfig }),
        ...(context === undefined ? {} : { context }),
        env,
      },
      systemClock,
    );
    const namespace = named ?? env.POD_NAMESPACE ?? connection.namespace;
    if (namespace !== null) return { ok: true, connection, namespace };
    return { ok: false, reason: 'say with --namespace where Sluice is installed.' };
  } catch (error) {
    if (error instanceof AccessError) return { ok: false, reason: error.message };
    throw error;
  }
};
