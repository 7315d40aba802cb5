import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { AccessError, type AccessOptions, findAccess } from '../../../src/kube/connection/find-access.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

/** A kubeconfig with one context, as JSON, which is YAML too. */
const kubeconfig = (
  name: string,
  { user = {}, cluster = {} }: { user?: object; cluster?: object } = {},
): string =>
  JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${name}.test:6443`, ...cluster } }],
    users: [{ name, user: { token: `token-${name}`, ...user } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: `ns-${name}` } }],
    'current-context': name,
  });

const world = async (t: ExecutionContext) => {
  const folder = await tempFolder(t);
  const home = join(folder, 'home');
  await mkdir(join(home, '.kube'), { recursive: true });
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const find = (options: Partial<AccessOptions> = {}) =>
    findAccess({
      clock: { now: () => 0 },
      serviceAccountFolder: join(folder, 'pod'),
      ...options,
      env: { HOME: home, ...options.env },
    });
  const beInPod = async (): Promise<Record<string, string>> => {
    await mkdir(join(folder, 'pod'));
    await file('pod/token', 'pod-token');
    await file('pod/ca.crt', 'CA');
    return { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
  };
  return { folder, home, file, find, beInPod };
};

test('--kubeconfig comes before all else, and --context chooses in it', async t => {
  const { file, find, beInPod } = await world(t);
  const pod = await beInPod();
  const named = await file('named', kubeconfig('named'));
  const other = await file('other', kubeconfig('other'));
  const access = await find({ kubeconfig: named, env: { ...pod, KUBECONFIG: other } });
  t.is(access.server, 'https://named.test:6443');
  t.is(access.namespace, 'ns-named');
  t.deepEqual((await access.credentials()).headers, { authorization: 'Bearer token-named' });
  await t.throwsAsync(find({ kubeconfig: named, context: 'nowhere' }), {
    instanceOf: AccessError,
    message: /no cluster for the context "nowhere"/,
  });
});

test('KUBECONFIG comes before the pod; its files are merged, the first to name something wins', async t => {
  const { file, find, beInPod, folder } = await world(t);
  const pod = await beInPod();
  const first = await file('first', kubeconfig('same'));
  const second = await file(
    'second',
    kubeconfig('same', { user: { token: 'other' } }).replace('same.test', 'else.test'),
  );
  const third = await file('third', kubeconfig('third'));
  const KUBECONFIG = [join(folder, 'missing'), first, second, third].join(delimiter);
  const access = await find({ env: { ...pod, KUBECONFIG } });
  t.is(access.server, 'https://same.test:6443');
  t.is((await access.credentials()).headers.authorization, 'Bearer token-same');
  t.is((await find({ env: { KUBECONFIG }, context: 'third' })).server, 'https://third.test:6443');
});

test('in a pod the service account is used, also where a home has a kubeconfig', async t => {
  const { find, beInPod, home } = await world(t);
  await writeFile(join(home, '.kube', 'config'), kubeconfig('home'));
  const access = await find({ env: await beInPod() });
  t.is(access.server, 'https://10.96.0.1:443');
});

test('outside of pods the kubeconfig of the home is used', async t => {
  const { find, home } = await world(t);
  await writeFile(join(home, '.kube', 'config'), kubeconfig('home'));
  t.is((await find()).server, 'https://home.test:6443');
});

test('nothing at all is an error that says what to do, not localhost:8080', async t => {
  const { find } = await world(t);
  await t.throwsAsync(find(), { instanceOf: AccessError, message: /--kubeconfig or KUBECONFIG/ });
});

test('what is named and missing or broken is an error, and no other cluster is taken for it', async t => {
  const { find, folder, file, beInPod } = await world(t);
  const pod = await beInPod();
  const missing = join(folder, 'missing');
  await t.throwsAsync(find({ kubeconfig: missing, env: pod }), {
    instanceOf: AccessError,
    message: /missing/,
  });
  await t.throwsAsync(find({ env: { ...pod, KUBECONFIG: missing } }), { instanceOf: AccessError });
  const broken = await file('broken', '{');
  await t.throwsAsync(find({ kubeconfig: broken, env: pod }), { instanceOf: AccessError, message: /broken/ });
});

test('certificates, a server name and basic authentication of a kubeconfig are used', async t => {
  const { find, file } = await world(t);
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const path = await file(
    'certs',
    kubeconfig('certs', {
      cluster: { 'certificate-authority-data': data('CA'), 'tls-server-name': 'api.internal' },
      user: {
        token: undefined,
        username: 'u',
        password: 'p',
        'client-certificate-data': data('CERT'),
        'client-key-data': data('KEY'),
      },
    }),
  );
  const credentials = await (await find({ kubeconfig: path })).credentials();
  t.deepEqual(credentials.tls, {
    ca: Buffer.from('CA'),
    cert: Buffer.from('CERT'),
    key: Buffer.from('KEY'),
    servername: 'api.internal',
  });
  t.is(credentials.headers.authorization, `Basic ${data('u:p')}`);
});

test('a server without TLS, such as kubectl proxy, needs no word about certificates', async t => {
  const { find, file } = await world(t);
  const path = await file('proxy', kubeconfig('proxy', { cluster: { server: 'http://127.0.0.1:8001' } }));
  const access = await find({ kubeconfig: path });
  t.is(access.server, 'http://127.0.0.1:8001');
  t.is((await access.credentials()).headers.authorization, 'Bearer token-proxy');
});
