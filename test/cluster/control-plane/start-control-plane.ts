import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../bench/free-ports.ts';
import { binaryPaths } from '../cache-folder.ts';
import type { ClusterVersion } from '../versions.ts';
import { apiClient } from './api-client.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './command-lines.ts';
import type { ControlPlane } from './control-plane.ts';
import { kubectlIn } from './kubectl.ts';
import { newNode } from './node.ts';
import { newAuthority } from './pki.ts';
import { writePlaneFiles } from './plane-files.ts';
import { PlaneServers } from './plane-servers.ts';

export type ControlPlaneOptions = {
  /** Added to the command lines, e.g. `--max-endpoints-per-slice=2`. */
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
};

/** How long a graceful end may take; requests that run are finished, watches are cut. */
const GRACEFUL_MS = 60_000;

/** What there is before the first server starts. */
const preparedPlane = async (version: ClusterVersion) => {
  const programs = binaryPaths(version);
  const folder = await mkdtemp(join(await realpath(tmpdir()), `sluice-cluster-${version}-`));
  const servers = new PlaneServers(programs, folder);
  const ports = { etcd: await freePort(), etcdPeer: await freePort(), api: await freePort() };
  const url = `https://127.0.0.1:${ports.api}`;
  const authority = newAuthority('sluice test cluster');
  const files = await writePlaneFiles(folder, { url, authority });
  const { adminToken, kubeconfig } = files;
  const caBundle = authority.certificate;
  const request = apiClient({ url, caBundle, adminToken });
  const kubectl = kubectlIn(programs.kubectl, { folder, kubeconfig });
  const seen = { version, folder, url, caBundle, authority, adminToken, kubeconfig, request, kubectl };
  return { seen, servers, ports };
};

/**
 * Starts a control plane on free ports of loopback, in a temporary folder. It is ready when the API server says so
 * and the controllers have begun to work; it ends with this process, whatever way that ends.
 */
export const startControlPlane = async (
  version: ClusterVersion,
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> => {
  const { seen, servers, ports } = await preparedPlane(version);
  const isUp = async (path: string): Promise<boolean> =>
    (await seen.request({ method: 'GET', path })).status === 200;
  const startApiServer = async (): Promise<void> => {
    servers.start('kube-apiserver', [...apiServerFlags(ports), ...(options.apiServerFlags ?? [])]);
    await servers.ready('the API server was ready', () => isUp('/readyz'));
    const flags = [...controllerManagerFlags(version), ...(options.controllerManagerFlags ?? [])];
    servers.start('kube-controller-manager', flags);
  };
  const stop: ControlPlane['stop'] = async ({ keepFolder = false } = {}) => {
    // Nothing in it is worth a graceful end.
    await servers.killAll();
    // What is kept is read by people: etcd's data are 60 MB that nobody reads.
    const gone = keepFolder ? join(seen.folder, 'etcd-data') : seen.folder;
    // Somebody whom the test left running may write to it at this moment.
    await rm(gone, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    servers.start('etcd', etcdFlags(version, ports));
    await startApiServer();
    await servers.ready('the controllers had made the first ServiceAccount', () =>
      isUp('/api/v1/namespaces/default/serviceaccounts/default'),
    );
    await newNode(seen);
  } catch (error) {
    await stop({ keepFolder: true });
    throw new Error(`the ${version} control plane did not start; its logs are in ${seen.folder}`, {
      cause: error,
    });
  }
  const stopApiServer: ControlPlane['stopApiServer'] = async (signal = 'SIGKILL') => {
    // In a cluster they end when they lose their lease; left alone they would wait for up to half a minute afterwards.
    await servers.stop('kube-controller-manager', 'SIGKILL', GRACEFUL_MS);
    await servers.stop('kube-apiserver', signal, GRACEFUL_MS);
  };
  return { ...seen, startApiServer, stopApiServer, stop };
};
