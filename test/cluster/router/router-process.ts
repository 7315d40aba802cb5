import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { CHECKOUT, TestProcess } from '../../helpers/run-sluice.ts';

export type RouterProcess = {
  readonly process: TestProcess;
  readonly admin: string;
  port(): Promise<number>;
  tlsPort(): Promise<number>;
};

/** Starts `sluice router` under a kubeconfig; its admin port is known at once, its own once it has something to serve. */
export const startRouter = async (kubeconfig: string, stateDir: string): Promise<RouterProcess> => {
  const args = [
    'router',
    '--kubeconfig',
    kubeconfig,
    '--namespace',
    'sluice-system',
    '--state-dir',
    stateDir,
  ];
  const child = spawn(
    process.execPath,
    [
      join(CHECKOUT, 'src/cli/main.ts'),
      ...args,
      ...[
        '--port',
        '0',
        '--tls-port',
        '0',
        '--address',
        '127.0.0.1',
        '--admin-port',
        '0',
        '--workers',
        '2',
        '--drain-wait',
        '0s',
      ],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  await once(child, 'spawn');
  const router = new TestProcess(child, false);
  const [, admin] = await router.untilStdout(/"port":(\d+),"msg":"health and metrics"/);
  const ports = () => router.untilStdout(/"port":(\d+),(?:"tlsPort":(\d+),)?"hosts":\d+,"msg":"serves"/);
  return {
    process: router,
    admin: `http://127.0.0.1:${admin}`,
    port: async () => Number((await ports())[1]),
    tlsPort: async () => Number((await ports())[2]),
  };
};
