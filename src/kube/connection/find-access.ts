import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { inClusterAccess, inClusterServer, SERVICE_ACCOUNT_FOLDER } from './in-cluster.ts';
import { kubeConfigAccess } from './kube-config.ts';
import type { ServerAccess } from './server-access.ts';

export type AccessOptions = {
  /** `--kubeconfig` */
  readonly kubeconfig?: string;
  /** `--context` */
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly serviceAccountFolder?: string;
};

/** Nothing says which API server to ask, or what does is broken; the message says what to do. */
export class AccessError extends Error {}

const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
};

const existing = async (paths: readonly string[]): Promise<readonly string[]> => {
  const found = await Promise.all(paths.map(isFile));
  return paths.filter((_, index) => found[index]);
};

const fromFiles = async (files: readonly string[], context: string | undefined): Promise<ServerAccess> => {
  try {
    return await kubeConfigAccess(files, context);
  } catch (error) {
    throw new AccessError(
      `The kubeconfig ${files.join(', ')} cannot be used: ${error instanceof Error ? error.message : String(error)}. Correct it, or name another with --kubeconfig or KUBECONFIG.`,
      {
        cause: error,
      },
    );
  }
};

/**
 * Finds the API server: `--kubeconfig`, then KUBECONFIG, then the pod that we run in, then ~/.kube/config.
 * What is named and missing is an error; nobody is sent to another cluster than the one that they named.
 */
export const findAccess = async (options: AccessOptions): Promise<ServerAccess> => {
  const { kubeconfig, context, env } = options;
  if (kubeconfig !== undefined) return fromFiles([kubeconfig], context);
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter(path => path !== '');
  if (named.length > 0) {
    const files = await existing(named);
    // kubectl reads past missing files of a list; one that is the only one named is a mistake.
    return fromFiles(files.length > 0 ? files : named, context);
  }
  const server = inClusterServer(env);
  const folder = options.serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  if (server !== null && (await isFile(join(folder, 'token')))) {
    return inClusterAccess(server, options.clock, folder);
  }
  const usual = join(env.HOME || homedir(), '.kube', 'config');
  if (await isFile(usual)) return fromFiles([usual], context);
  throw new AccessError(
    `There is no API server to ask: name a kubeconfig with --kubeconfig or KUBECONFIG, or run in a pod with a service account (no ${usual}, no ${join(folder, 'token')}).`,
  );
};
