import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { env, execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { versionUnderTest } from './versions.ts';

const UP = fileURLToPath(new URL('./up.ts', import.meta.url));
const VERSION = versionUnderTest();

test('cluster:up prints a line that makes kubectl work, and leaves nothing when it is interrupted', async t => {
  const up = spawn(execPath, [UP, '--version', VERSION], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => up.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface({ input: up.stdout })) {
    lines.push(line);
    if (line.startsWith('Ctrl-C')) break;
  }
  const [, kubeconfig = '', path = ''] =
    lines.map(line => /^export KUBECONFIG=(\S+) PATH=(\S+):\$PATH$/.exec(line)).find(Boolean) ?? [];
  const { stdout } = await promisify(execFile)(
    `${path}/kubectl`,
    ['get', 'namespace', 'default', '-o', 'name'],
    {
      env: { ...env, KUBECONFIG: kubeconfig, HOME: dirname(kubeconfig) },
    },
  );
  t.is(stdout, 'namespace/default\n');
  up.kill('SIGINT');
  t.deepEqual(await once(up, 'exit'), [0, null]);
  t.false(existsSync(dirname(kubeconfig)));
});
