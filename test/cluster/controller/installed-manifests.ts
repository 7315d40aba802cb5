import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { binaryPaths } from '../cache-folder.ts';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { CLUSTER_VERSIONS } from '../versions.ts';

const ROOT = fileURLToPath(new URL('../../../webhook-config', import.meta.url));

/** Applies a folder of webhook-config as a kubectl of today renders it. */
const applyFolder = async (plane: ControlPlane, folder: string): Promise<void> => {
  const [newest = 'newest'] = CLUSTER_VERSIONS;
  const { stdout } = await promisify(execFile)(binaryPaths(newest).kubectl, [
    'kustomize',
    `${ROOT}/${folder}`,
  ]);
  const { code, stderr } = await plane.kubectl(['apply', '-f', '-'], { input: stdout });
  if (code !== 0) throw new Error(stderr);
};

/** What is installed in a control plane of this version: its RBAC is what the roles run under. */
export const applyInstallation = (plane: ControlPlane): Promise<void> =>
  applyFolder(plane, plane.version === 'oldest' ? 'overlays/k8s-1.20' : 'base');

/** The Job and the rights of an uninstall. */
export const applyUninstall = (plane: ControlPlane): Promise<void> => applyFolder(plane, 'uninstall');
