import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { BINARIES } from '../versions.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

type Ending = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** It is configured, as the machine's is, and its archive is gone. */
const GONE = `#!/bin/sh
. /etc/os-release
case "$*" in
  *indextargets*) echo "http://archive.invalid/debian/ $VERSION_CODENAME main";;
  *) echo 'E: 404  Not Found'; exit 100;;
esac
`;

/** Runs the command with a cache and an apt of its own. */
const install = async (
  t: ExecutionContext,
  assets: readonly string[],
  args: readonly string[] = [],
): Promise<Ending> => {
  const folder = await tempFolder(t);
  const assetsFolder = join(folder, 'assets');
  await mkdir(assetsFolder);
  for (const name of assets) await writeFile(join(assetsFolder, name), '');
  await writeFile(join(folder, 'apt-get'), GONE);
  await chmod(join(folder, 'apt-get'), 0o755);
  const settings = {
    ...env,
    PATH: `${folder}:${env.PATH}`,
    SLUICE_CLUSTER_CACHE: join(folder, 'cache'),
    KUBEBUILDER_ASSETS: assetsFolder,
  };
  return new Promise(resolve => {
    execFile(execPath, [MAIN, ...args], { env: settings }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout: stdout.replaceAll(folder, '~'), stderr }),
    );
  });
};

test('a version that is no longer served is named, and the other is there', async t => {
  const { code, stdout, stderr } = await install(t, BINARIES);
  t.regex(stdout, /^newest: KUBEBUILDER_ASSETS says ~\/assets; missing there: nothing$/m);
  t.regex(stdout, /^oldest: fetches Kubernetes v1\.20\.2.*: FAILED after \d+ s: apt-get /m);
  t.regex(stdout, /^it ended with 100; the end of ~\/cache\/oldest\/log\/apt\.log:\nE: 404 {2}Not Found$/m);
  t.regex(stdout, /^oldest: NOT installed/m);
  t.is(stderr, 'cluster:install: not installed: oldest\n');
  t.is(code, 1);
});

test('what a folder of the user lacks is named', async t => {
  const { code, stdout, stderr } = await install(
    t,
    ['etcd', 'kube-apiserver', 'kubectl'],
    ['--version', 'newest'],
  );
  t.is(stdout, 'newest: KUBEBUILDER_ASSETS says ~/assets; missing there: kube-controller-manager\n');
  t.is(stderr, 'cluster:install: not installed: newest\n');
  t.is(code, 1);
});

test('a version that there is not is refused', async t => {
  const { code, stderr } = await install(t, BINARIES, ['--version', '1.30']);
  t.is(stderr, 'error: --version 1.30: it can be newest or oldest\n');
  t.is(code, 2);
});
