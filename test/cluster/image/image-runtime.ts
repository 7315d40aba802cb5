import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildahCommand } from '../../../image/buildah.ts';
import { serviceAccountToken } from '../control-plane/service-accounts.ts';
import { SYSTEM } from '../product/installed-pods.ts';
import { type PodRuntime, podEnvironment, TOKEN_SECONDS } from '../product/pod-runtime.ts';
import { innermost } from './innermost.ts';

/** The image's user, as the manifests have it. */
const UID = 65_532;

const IDENTITY = '/var/run/secrets/kubernetes.io/serviceaccount';
const STATE = '/var/run/sluice';

/**
 * Containers of an image, in its own file system and as its own user, with what a kubelet would mount and say: the
 * ServiceAccount's token, where the API server is, and the router's memory.
 */
export const imageRuntime =
  (container: string): PodRuntime =>
  async ({ plane, role, pod, serviceAccount: name }) => {
    const identity = join(plane.folder, `${pod}-identity`);
    await mkdir(identity);
    const files = {
      token: await serviceAccountToken(plane, { namespace: SYSTEM, name }, TOKEN_SECONDS),
      'ca.crt': plane.caBundle,
      namespace: SYSTEM,
    };
    for (const [file, text] of Object.entries(files)) await writeFile(join(identity, file), text);
    const state = join(plane.folder, `${pod}-state`);
    await mkdir(state);
    await chmod(state, 0o777);
    const { hostname, port } = new URL(plane.url);
    const env = {
      ...podEnvironment(pod),
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
    };
    const mounts = [`${identity}:${IDENTITY}:ro`, ...(role === 'router' ? [`${state}:${STATE}:rw`] : [])];
    const [program = '', ...rest] = buildahCommand([
      ...['run', '--isolation', 'chroot', '--user', `${UID}:${UID}`],
      ...mounts.flatMap(mount => ['--volume', mount]),
      ...Object.entries(env).map(([key, value]) => `--env=${key}=${value}`),
      ...[container, '--', 'node', '/app/dist/src/cli/main.js'],
    ]);
    return { program: [program, ...rest], args: [], env: {}, signalled: pid => innermost(pid) ?? pid };
  };
