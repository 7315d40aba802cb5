import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { BINARIES, type Binary, type ClusterVersion } from './versions.ts';

/** Where `npm run cluster:install` puts everything: outside the checkout, so that it outlives it. */
export const CACHE_FOLDER =
  env.SLUICE_CLUSTER_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sluice-cluster');

export const versionFolder = (version: ClusterVersion): string => join(CACHE_FOLDER, version);

/**
 * Where the binaries of a version are. `KUBEBUILDER_ASSETS`, the convention of controller-runtime's envtest,
 * stands for the newest; its usual archives lack kube-controller-manager, which must then be put beside the rest.
 */
export const binaryFolder = (version: ClusterVersion): string =>
  version === 'newest' && env.KUBEBUILDER_ASSETS
    ? env.KUBEBUILDER_ASSETS
    : join(versionFolder(version), 'bin');

export const missingBinaries = (version: ClusterVersion): readonly Binary[] =>
  BINARIES.filter(binary => !existsSync(join(binaryFolder(version), binary)));

/** The path of every binary of a version, or an error that says how to get those that are missing. */
export const binaryPaths = (version: ClusterVersion): Readonly<Record<Binary, string>> => {
  const folder = binaryFolder(version);
  const missing = missingBinaries(version);
  if (missing.length > 0)
    throw new Error(
      `${folder} lacks ${missing.join(', ')}: run npm run cluster:install -- --version ${version}`,
    );
  const path = (binary: Binary): string => join(folder, binary);
  return {
    etcd: path('etcd'),
    'kube-apiserver': path('kube-apiserver'),
    'kube-controller-manager': path('kube-controller-manager'),
    kubectl: path('kubectl'),
  };
};
