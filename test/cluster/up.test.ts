import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { env, execPath } from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { TAOBAO_KEY } from '../helpers/admission.ts';
import { canMakeNetworks } from './backend-network.ts';
import { eventually } from './control-plane/eventually.ts';
import { versionUnderTest } from './versions.ts';

const UP = fileURLToPath(new URL('./up.ts', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const VERSION = versionUnderTest();

/** As root without the right to make networks, and for all that it starts: the nearest to somebody who is not root. */
const WITHOUT_NETWORKS = ['setpriv', '--bounding-set=-net_admin,-sys_admin'];

const startUp = (t: ExecutionContext, prefix: readonly string[] = []) => {
  const [program = execPath, ...args] = [...prefix, execPath, UP, '--version', VERSION];
  const up = spawn(program, args, {
    cwd: CHECKOUT,
    // As a person starts it: what this run is about is said by its flag alone.
    env: { ...env, SLUICE_CLUSTER_VERSION: undefined },
    stdio: ['ignore', 'pipe', 'inherit'],
    // Ctrl-C of a terminal reaches all that it started.
    detached: true,
  });
  const interrupt = (signal: NodeJS.Signals): void => {
    if (up.exitCode === null && up.signalCode === null) process.kill(-(up.pid ?? 0), signal);
  };
  t.teardown(() => interrupt('SIGKILL'));
  return { up, lines: createInterface({ input: up.stdout }), interrupt };
};

/** Processes that were started in this folder, and what else is left of it. */
const leftOf = async (folder: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('pgrep', ['-f', '-a', folder]).catch(() => ({ stdout: '' }));
  return `${existsSync(folder) ? folder : ''}${stdout}`;
};

/** A shell as the printed lines make it. */
const shellFor = (said: readonly string[]) => {
  const [, kubeconfig = '', path = ''] =
    said.map(line => /^export KUBECONFIG=(\S+) PATH=(\S+):\$PATH$/.exec(line)).find(Boolean) ?? [];
  const folder = dirname(kubeconfig);
  const shell = async (command: string): Promise<string> =>
    (
      await promisify(execFile)('sh', ['-c', command], {
        cwd: CHECKOUT,
        env: { ...env, KUBECONFIG: kubeconfig, PATH: `${path}:${env.PATH}`, HOME: folder },
      })
    ).stdout;
  return { folder, shell };
};

const up = canMakeNetworks ? test.serial : test.serial.skip;

up('cluster:up: what it says to try works, and Ctrl-C leaves nothing', async t => {
  t.timeout(120_000);
  const { up, lines, interrupt } = startUp(t);
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (line.startsWith('Ctrl-C')) break;
  }
  const { folder, shell } = shellFor(said);
  const [apply = '', get = '', annotate = '', stable = '', grey = ''] = said.filter(line =>
    /^ {2}(?:kubectl|curl) /.test(line),
  );
  t.regex(await shell(apply), /ingress\S*\/taobao-ing created/);
  await eventually('the edge Services are there', async () =>
    (await shell(get)).includes('service/cart-svc-edge') ? true : null,
  );
  t.regex(await shell(annotate), /annotated/);
  const answerTo = (command: string, pod: string): Promise<true> =>
    eventually(`${command}: ${pod}`, async () => ((await shell(command)).trim() === pod ? true : null));
  await answerTo(grey, 'cart-edge-1');
  await answerTo(stable, 'cart-1');
  interrupt('SIGINT');
  t.deepEqual(await once(up, 'exit'), [0, null]);
  t.is(await leftOf(folder), '');
});

up('Ctrl-C while it installs leaves nothing either', async t => {
  t.timeout(120_000);
  const { up, lines, interrupt } = startUp(t);
  let folder = '';
  for await (const line of lines) {
    folder = /its logs are in (\S+)$/.exec(line)?.[1] ?? '';
    if (folder !== '') break;
  }
  t.true(existsSync(folder));
  interrupt('SIGINT');
  t.deepEqual(await once(up, 'exit'), [0, null]);
  t.is(await leftOf(folder), '');
});

up('without the right to make networks it has Sluice in it, and says what is missing', async t => {
  t.timeout(120_000);
  const { up, lines, interrupt } = startUp(t, WITHOUT_NETWORKS);
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (line.startsWith('Ctrl-C')) break;
  }
  t.true(said.some(line => line.startsWith('Pods can have no addresses here')));
  const { folder, shell } = shellFor(said);
  const [apply = '', get = ''] = said.filter(line => line.startsWith('  kubectl '));
  t.regex(await shell(apply), /ingress\S*\/taobao-ing created/);
  await eventually('the edge Services are there', async () =>
    (await shell(get)).includes('service/cart-svc-edge') ? true : null,
  );
  t.regex(await shell(get), new RegExp(TAOBAO_KEY));
  interrupt('SIGINT');
  t.deepEqual(await once(up, 'exit'), [0, null]);
  t.is(await leftOf(folder), '');
});
