import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { KeyedCertificate } from '../../../certs/authority.ts';
import type { TestProcess } from '../../helpers/run-sluice.ts';
import { certificateFor } from '../../helpers/tls-secrets.ts';
import { webhookForTests } from '../admission/webhook-for-tests.ts';
import { startRole } from '../admission/webhook-process.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { type FollowedPlan, followPlan } from './followed-plan.ts';

const SYSTEM = 'sluice-system';
const SHOP = 'tls-shop';
const MALL = 'tls-mall';

const { plane } = webhookForTests(test);
let router: FollowedPlan | null = null;
let controller: TestProcess | null = null;
let routerKubeconfig = '';

test.after.always(async () => {
  await controller?.end();
  await router?.stop();
});

/** What kubectl says; it has to go well. */
const apply = async (...objects: readonly object[]): Promise<string> => {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], { input });
  if (code !== 0) throw new Error(stderr);
  return stderr;
};

const ingress = (namespace: string, host: string, annotations: object = {}): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace, annotations },
  spec: {
    ingressClassName: 'sluice',
    tls: [{ hosts: [host], secretName: 'web-tls' }],
    rules: [
      {
        host,
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});

const secret = (namespace: string, { certificate, key }: KeyedCertificate): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'web-tls', namespace },
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': certificate, 'tls.key': key },
});

/** `shop.example`: the certificate that the plan of a router has for it; `none`: the default one. */
const shows = (host: string, wanted: string, timeoutMs?: number): Promise<true> =>
  eventually(
    `${host} shows ${wanted}`,
    async () => {
      const plan = router?.translator.plan.hosts.find(found => found.host === host);
      return plan !== undefined && (plan.certificate ?? 'none') === wanted ? true : null;
    },
    timeoutMs,
  );

type ToldEvent = { readonly reason: string; readonly message: string };

const eventOf = (reason: string): Promise<string> =>
  eventually(
    `the Event ${reason}`,
    async () => {
      const { items } = (await answered(plane(), {
        method: 'GET',
        path: `/api/v1/namespaces/${SHOP}/events`,
      })) as { readonly items: readonly ToldEvent[] };
      return items.find(event => event.reason === reason)?.message ?? null;
    },
    60_000,
  );

test.serial(
  'nobody may read a certificate: the default one is shown, and the Event contains the way out',
  async t => {
    t.timeout(180_000);
    await newNamespace(plane(), SHOP);
    routerKubeconfig = await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-router' });
    router = await followPlan(routerKubeconfig, SYSTEM);
    controller = await startRole(plane(), 'controller', [
      '--certificates=cert-manager',
      '--publish-status=off',
      '--admin-port=off',
    ]);
    // The webhook may not read it either, and says nothing of what it cannot know.
    t.notRegex(await apply(ingress(SHOP, 'shop.example')), /secretName/);
    await apply(secret(SHOP, certificateFor('shop.example')));
    await shows('shop.example', 'none');
    const message = await eventOf('SecretNotGranted');
    const { items } = JSON.parse(message.slice(message.indexOf('{'))) as { items: readonly object[] };
    await apply(...items);
    await shows('shop.example', `${SHOP}/web-tls`, 60_000);
    t.is(router.translator.plan.certificates.length, 1);
    // No other Secret is open by it.
    const rights = ['auth', 'can-i', 'list', 'secrets', '-n', SHOP];
    t.is((await plane().kubectl(rights, { kubeconfig: routerKubeconfig })).stdout.trim(), 'no');
  },
);

test.serial('a changed Secret is taken over; a bad one is told by admission and by an Event', async t => {
  t.timeout(120_000);
  const before = router?.translator.plan.certificates[0]?.chain;
  await apply(secret(SHOP, certificateFor('shop.example')));
  await eventually('the renewed certificate is there', async () => {
    const chain = router?.translator.plan.certificates[0]?.chain;
    return chain !== undefined && chain !== before ? true : null;
  });
  await apply(secret(SHOP, certificateFor('other.example')));
  await shows('shop.example', 'none');
  const fault =
    'the certificate in Secret "web-tls" is not for "shop.example", which is shown the default certificate';
  t.true((await apply(ingress(SHOP, 'shop.example', { note: 'again' }))).includes(fault));
  t.true((await eventOf('CertificateNotForHost')).includes(fault));
  await plane().kubectl(['delete', 'secret', 'web-tls', '-n', SHOP]);
  t.regex(
    await apply(ingress(SHOP, 'shop.example', { note: 'once more' })),
    /Secret "web-tls" does not exist/,
  );
  t.regex(await eventOf('CertificateMissing'), /Secret "web-tls" does not exist/);
  await apply(secret(SHOP, certificateFor('shop.example')));
  await shows('shop.example', `${SHOP}/web-tls`);
});

test.serial('the overlay for all namespaces is enough by itself: a Secret is got by its name', async t => {
  t.timeout(180_000);
  await newNamespace(plane(), MALL);
  await apply(ingress(MALL, 'mall.example'), secret(MALL, certificateFor('mall.example')));
  await shows('mall.example', 'none');
  const path = fileURLToPath(
    new URL('../../../webhook-config/overlays/tls-all-namespaces/rbac.yaml', import.meta.url),
  );
  const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], {
    input: await readFile(path, 'utf8'),
  });
  t.is(code, 0, stderr);
  await shows('mall.example', `${MALL}/web-tls`, 90_000);
  const rights = ['auth', 'can-i', 'list', 'secrets', '-n', MALL];
  t.is((await plane().kubectl(rights, { kubeconfig: routerKubeconfig })).stdout.trim(), 'no');
  const before = router?.translator.plan.certificates.find(({ id }) => id === `${MALL}/web-tls`)?.chain;
  await apply(secret(MALL, certificateFor('mall.example')));
  await eventually(
    'the renewed certificate is there',
    async () => {
      const found = router?.translator.plan.certificates.find(({ id }) => id === `${MALL}/web-tls`);
      return found !== undefined && found.chain !== before ? true : null;
    },
    100_000,
  );
});
