import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { redisCli, untilReply } from '../../helpers/example-redis.ts';
import { CHECKOUT, startNode } from '../../helpers/run-sluice.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { NODE_NAME } from '../control-plane/node.ts';
import { setPodStatus } from '../control-plane/pods.ts';
import { answeredBy, type Headers } from '../path/shop.ts';
import { canInstall, productForTests } from './product-for-tests.ts';

const { plane, product, nextAddress } = productForTests(test);
const serial = canInstall ? test.serial : test.serial.skip;

const NAMESPACE = 'default';
const exampleFile = (name: string): string => join(CHECKOUT, 'examples', name);

/** kubectl until it succeeds: pods are admitted once their ServiceAccount is there. */
const kubectl = (args: readonly string[]): Promise<string> =>
  eventually(`kubectl ${args.join(' ')}`, async () => {
    const { code, stdout } = await plane().kubectl(['-n', NAMESPACE, ...args]);
    return code === 0 ? stdout : null;
  });

const apply = (...files: readonly string[]): Promise<string> =>
  kubectl(['apply', ...files.flatMap(file => ['-f', exampleFile(file)])]);

type StoredPod = {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly [{ readonly command: readonly string[] }] };
};

/** What a kubelet would do with the pods of an app: the ConfigMap becomes files, and each runs its command there. */
const runPods = async (t: ExecutionContext, app: string): Promise<void> => {
  const { data } = JSON.parse(await kubectl(['get', 'configmap', 'demo-pods', '-o', 'json'])) as {
    data: Record<string, string>;
  };
  const folder = join(plane().folder, 'demo-pods');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(data)) await writeFile(join(folder, name), text);
  const { items } = JSON.parse(await kubectl(['get', 'pods', '-l', `app=${app}`, '-o', 'json'])) as {
    items: readonly StoredPod[];
  };
  for (const { metadata, spec } of items) {
    const { name } = metadata;
    const [, script = '', ...args] = spec.containers[0].command;
    const pod = startNode(t, [script.replace('/demo', folder), ...args], { env: { HOSTNAME: name } });
    await pod.untilStdout(/ answers: /);
    await answered(plane(), {
      method: 'POST',
      path: `/api/v1/namespaces/${NAMESPACE}/pods/${name}/binding`,
      body: {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name },
        target: { kind: 'Node', name: NODE_NAME },
      },
    });
    await setPodStatus(plane(), { namespace: NAMESPACE, name }, { ip: nextAddress(), ready: true });
  }
};

const live = (host: string, pod: RegExp, headers: Headers = {}): Promise<true> =>
  answeredBy(product().url, { host, headers, pod });

const tcp = (port: number) => ({ host: new URL(product().url).hostname, port });

serial('the program of the pods is a ConfigMap', async t => {
  await kubectl(['create', 'configmap', 'demo-pods', `--from-file=${exampleFile('pods')}`]);
  t.pass();
});

serial('one HTTP port, as its folder stands', async t => {
  t.timeout(60_000);
  await apply('one-http-port');
  await runPods(t, 'hello');
  await live('hello.example', /^hello stable \(pod hello-[12]\)/);
  await live('hello.example', /^hello edge \(pod hello-edge-1\)/, { 'x-version': 'next' });
  t.pass();
});

serial('TCP only, as its folder stands', async t => {
  t.timeout(60_000);
  await apply('tcp-only');
  await runPods(t, 'db');
  const address = tcp(33_306);
  await eventually('the router opens the port', () => redisCli(address, ['PING']).catch(() => null));
  await untilReply(address, ['GET', 'version'], /^"db stable \(pod db-[12]\)"$/);
  await kubectl(['annotate', '--overwrite', 'service', 'db-svc', 'sluice.dev/tickets={percent: 100}']);
  await untilReply(address, ['GET', 'version'], '"db edge (pod db-edge-1)"');
  t.pass();
});

serial('TCP and HTTP on one app, as its folder stands', async t => {
  t.timeout(60_000);
  await apply('tcp-and-http');
  await runPods(t, 'cache');
  await live('cache.example', /^cache stable \(pod cache-1\)/);
  await live('cache.example', /^cache edge \(pod cache-edge-1\)/, { 'x-version': 'next' });
  await untilReply(tcp(33_380), ['GET', 'version'], '"cache stable (pod cache-1)"');
  t.pass();
});

serial(
  'several apps behind one entry: the folder where it is served, its Ingress of today elsewhere',
  async t => {
    t.timeout(60_000);
    if (plane().version === 'oldest') await apply('taobao');
    else await apply('taobao/pods.yaml', 'taobao/services.yaml', 'taobao/networking-v1');
    for (const app of ['cart', 'www']) await runPods(t, app);
    await live('taobao.com', /^www stable \(pod www-1\)/);
    const url = `${product().url}/cart`;
    await answeredBy(url, { host: 'taobao.com', headers: {}, pod: /^cart stable \(pod cart-[12]\)/ });
    await answeredBy(url, { host: 'www.taobao.com', headers: { foo: 'bar' }, pod: /^cart edge / });
    t.pass();
  },
);
