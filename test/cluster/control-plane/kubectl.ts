import { execFile } from 'node:child_process';
import { env } from 'node:process';

export type KubectlResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type KubectlOptions = {
  /** What `-f -` reads. */
  readonly input?: string;
  /** @default the administrator's */
  readonly kubeconfig?: string;
  /** Added to the environment, e.g. `KUBE_EDITOR`. */
  readonly env?: Readonly<Record<string, string>>;
};

export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 64 << 20;

/** kubectl of the plane's own version; it keeps what it discovers in `folder`, never in the user's home. */
export const kubectlIn =
  (program: string, options: { readonly folder: string; readonly kubeconfig: string }): Kubectl =>
  (args, { input, kubeconfig = options.kubeconfig, env: extra = {} } = {}) =>
    new Promise(resolve => {
      const child = execFile(
        program,
        [...args],
        {
          cwd: options.folder,
          timeout: TIMEOUT_MS,
          maxBuffer: MAX_OUTPUT,
          env: { PATH: env.PATH, HOME: options.folder, KUBECONFIG: kubeconfig, ...extra },
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
          resolve({ code, stdout, stderr: code === -1 ? `${stderr}${error?.message ?? ''}` : stderr });
        },
      );
      // It may end before it has read everything; its exit code says why.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(input ?? '');
    });
