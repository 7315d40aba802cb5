import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { TestProcess } from '../../helpers/run-sluice.ts';
import { tlsLoad } from '../../helpers/tls-load.ts';
import { connectTlsPeer, namesShown } from '../../helpers/tls-peer.ts';
import { certificateFor } from '../../helpers/tls-secrets.ts';
import { webhookForTests } from '../admission/webhook-for-tests.ts';
import { startRole } from '../admission/webhook-process.ts';
import { type BackendNetwork, canMakeNetworks, newBackendNetwork } from '../backend-network.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { type Backend, serviceManifest, startBackend } from '../router/backends.ts';
import { type RouterProcess, startRouter } from '../router/router-process.ts';

const SYSTEM = 'sluice-system';
const SHOP = 'reload-shop';
const COUNT = 300;
const HOSTS_AN_INGRESS = 10;
const APPLIED_AT_ONCE = 50;

const HOSTS = Array.from({ length: COUNT }, (_, nth) => `h${nth}.example`);
const secretName = (host: string): string => host.replaceAll('.', '-');

const { plane } = webhookForTests(test);
const serial = canMakeNetworks ? test.serial : test.serial.skip;

let network: BackendNetwork | null = null;
let backend: Backend | null = null;
let controller: TestProcess | null = null;
const routers: RouterProcess[] = [];

test.after.always(async () => {
  await Promise.all(routers.map(router => router.process.end()));
  await controller?.end();
  backend?.server.close();
  backend?.server.closeAllConnections();
  await network?.remove();
});

/** In lists as long as kubectl gets done in its time beside the load. */
const apply = async (objects: readonly object[]): Promise<void> => {
  for (let at = 0; at < objects.length; at += APPLIED_AT_ONCE) {
    const items = objects.slice(at, at + APPLIED_AT_ONCE);
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const { code, stderr } = await plane().kubectl(['apply', '-n', SHOP, '-f', '-'], { input });
    if (code !== 0) throw new Error(stderr);
  }
};

const ingress = (name: string, hosts: readonly string[]): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name },
  spec: {
    ingressClassName: 'sluice',
    tls: hosts.map(host => ({ hosts: [host], secretName: secretName(host) })),
    rules: hosts.map(host => ({
      host,
      http: {
        paths: [
          { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
        ],
      },
    })),
  },
});

const ingresses = (): readonly object[] =>
  Array.from({ length: COUNT / HOSTS_AN_INGRESS }, (_, nth) =>
    ingress(`web-${nth}`, HOSTS.slice(nth * HOSTS_AN_INGRESS, (nth + 1) * HOSTS_AN_INGRESS)),
  );

/** One for each host; `generation` is a name in each certificate. */
const secrets = (generation: string): readonly object[] =>
  HOSTS.map(host => {
    const { certificate, key } = certificateFor(host, `${generation}.example`);
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secretName(host) },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': certificate, 'tls.key': key },
    };
  });

/** What the owner of the namespace applies, as docs/tls.md has it. */
const grant = (): readonly object[] => [
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'sluice-certificates' },
    rules: [
      {
        apiGroups: [''],
        resources: ['secrets'],
        resourceNames: HOSTS.map(secretName),
        verbs: ['list', 'watch'],
      },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'sluice-certificates' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'sluice-certificates' },
    subjects: [{ kind: 'ServiceAccount', name: 'sluice-router', namespace: SYSTEM }],
  },
];

const startOne = async (kubeconfig: string): Promise<RouterProcess> => {
  const router = await startRouter(kubeconfig, await mkdtemp(join(tmpdir(), 'sluice-reload-')));
  routers.push(router);
  return router;
};

/** Resolves once every host shows its certificate of that generation. */
const allShow = async (port: number, generation: string): Promise<void> => {
  for (const host of HOSTS) {
    await eventually(
      `${host} shows the certificate of ${generation}`,
      async () => {
        const client = await connectTlsPeer(port, { servername: host });
        const names = namesShown(client);
        client.socket.destroy();
        return names === `DNS:${host}, DNS:${generation}.example` ? true : null;
      },
      120_000,
    );
  }
};

serial('300 Secrets are changed by kubectl under load: no request fails, and all are shown', async t => {
  t.timeout(300_000);
  await newNamespace(plane(), SHOP);
  network = await newBackendNetwork(1);
  const pod = { namespace: SHOP, name: 'web-1', labels: { app: 'web' } };
  backend = await startBackend(plane(), pod, network.addresses[0] ?? '');
  // The session keys that routers share are the controller's to make.
  controller = await startRole(plane(), 'controller', ['--publish-status=off', '--admin-port=off']);
  await apply([serviceManifest('web', { app: 'web' }), ...grant(), ...secrets('before')]);
  await apply(ingresses());
  const kubeconfig = await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-router' });
  const router = await startOne(kubeconfig);
  const port = await router.tlsPort();
  await allShow(port, 'before');

  const load = tlsLoad(port, HOSTS, 4);
  await apply(secrets('after'));
  await allShow(port, 'after');
  await load.stop();
  t.deepEqual([...load.outcomes.keys()], ['200 web-1']);
  t.true((load.outcomes.get('200 web-1') ?? 0) > 100);
  t.log(`${load.outcomes.get('200 web-1')} requests were answered meanwhile`);
});

serial('a session that one router gave is taken up by another', async t => {
  t.timeout(180_000);
  const [first] = routers;
  const second = await startOne(
    await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-router' }),
  );
  const [host = ''] = HOSTS;
  const [from, to] = [(await first?.tlsPort()) ?? 0, await second.tlsPort()];
  await allShow(to, 'after');
  const isResumed = await eventually(
    'both routers have the keys that the controller made',
    async () => {
      const giver = await connectTlsPeer(from, { servername: host });
      const session = new Promise<Buffer>(resolve => giver.socket.once('session', resolve));
      giver.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      await giver.untilText('web-1');
      const taker = await connectTlsPeer(to, { servername: host, session: await session });
      const isReused = taker.socket.isSessionReused();
      giver.socket.destroy();
      taker.socket.destroy();
      return isReused ? true : null;
    },
    60_000,
  );
  t.true(isResumed);
  // Nobody but the two roles may read what resumes the sessions of everybody.
  const rights = ['auth', 'can-i', 'get', 'secret/sluice-session-keys', '-n', SYSTEM];
  const webhook = await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-webhook' });
  t.is((await plane().kubectl(rights, { kubeconfig: webhook })).stdout.trim(), 'no');
});
