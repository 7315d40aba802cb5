import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { redisCli } from '../helpers/example-redis.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const PLAY = new URL('../../examples/play-pods.ts', import.meta.url);
const examplePods = (example: string): URL => new URL(`../../examples/${example}/pods.yaml`, import.meta.url);

/** An example's pods on ports that the system chooses, so that tests do not meet a running example. */
const podsFile = async (t: ExecutionContext, { example = 'taobao', port = 0 } = {}): Promise<string> => {
  const file = join(await tempFolder(t), 'pods.yaml');
  const text = await readFile(examplePods(example), 'utf8');
  await writeFile(file, text.replace(/containerPort: \d+/g, `containerPort: ${port}`));
  return file;
};

type Started = { readonly child: ChildProcess; readonly ports: ReadonlyMap<string, number> };

const start = async (t: ExecutionContext, example = 'taobao'): Promise<Started> => {
  const child = fork(PLAY, [await podsFile(t, { example })], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [message] = (await once(child, 'message')) as [
    { listening: { pod: string; name: string; port: number }[] },
  ];
  return {
    child,
    ports: new Map(
      message.listening.map(({ pod, name, port }) => [name === 'http' ? pod : `${pod}:${name}`, port]),
    ),
  };
};

const ask = (port: number | undefined, path: string, headers: Record<string, string> = {}): Promise<string> =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers }).then(response => response.text());

test('every pod says who it is, and what the router told it', async t => {
  const { ports } = await start(t);
  t.deepEqual([...ports.keys()], ['cart-1', 'cart-2', 'cart-edge-1', 'order-1', 'www-1']);
  t.is(
    await ask(ports.get('cart-edge-1'), '/cart?a=1', { 'x-sluice-track': 'edge' }),
    'cart edge (pod cart-edge-1) served /cart?a=1, track header: edge\n',
  );
  t.is(await ask(ports.get('www-1'), '/'), 'www stable (pod www-1) served /, track header: none\n');
  t.deepEqual(JSON.parse(await ask(ports.get('order-1'), '/order', { accept: 'application/json' })), {
    app: 'order',
    track: 'stable',
    pod: 'order-1',
    method: 'GET',
    path: '/order',
    trackHeader: 'none',
  });
});

test('a pod with two ports speaks on each what its name says', async t => {
  const { ports } = await start(t, 'tcp-and-http');
  t.regex(await ask(ports.get('cache-edge-1'), '/'), /^cache edge /);
  const redis = { port: ports.get('cache-edge-1:redis') ?? 0 };
  t.is(await redisCli(redis, ['GET', 'version']), '"cache edge (pod cache-edge-1)"');
});

test('the pods end when their parent lets go of them', async t => {
  const { child, ports } = await start(t);
  await ask(ports.get('cart-1'), '/');
  child.disconnect();
  t.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the pods end on SIGTERM', async t => {
  const { child } = await start(t);
  child.kill('SIGTERM');
  t.deepEqual(await once(child, 'exit'), [0, null]);
});

test('Ctrl-C leaves the pods to their parent, whose router may still drain to them', async t => {
  const { child, ports } = await start(t);
  child.kill('SIGINT');
  t.regex(await ask(ports.get('cart-1'), '/'), /^cart stable/);
  child.disconnect();
  t.deepEqual(await once(child, 'exit'), [0, null]);
});

test('a port in use is one line that names it, and exit code 1', async t => {
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const child = spawn(process.execPath, [PLAY.pathname, await podsFile(t, { port })], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const [[code], stderr] = await Promise.all([once(child, 'exit'), child.stderr.toArray()]);
  const text = Buffer.concat(stderr).toString();
  t.is(code, 1);
  t.is(text.split('\n').length, 2, text);
  t.regex(text, new RegExp(`^demo pods: port ${port} \\(pod cart-1\\) is in use, .*: end the process`));
});
