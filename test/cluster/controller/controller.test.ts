import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { claimShard } from '../../../src/core/claim-records.ts';
import { hostKey } from '../../../src/core/host-key.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { type ServerProcess, startServer } from '../control-plane/server-process.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { pointWebhooksAt } from '../control-plane/webhook-configurations.ts';
import { applyInstallation, applyUninstall } from './installed-manifests.ts';
import { type ReviewServer, startReviewServer } from './review-server.ts';

const plane = planeForTests(test);
const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const SYSTEM = 'sluice-system';

let reviews: ReviewServer | null = null;
const controllers: ServerProcess[] = [];

type Json = { readonly [field: string]: unknown };

type Stored = {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly name: string }[];
    readonly managedFields?: readonly { readonly manager: string; readonly operation: string }[];
  };
  readonly spec: Json & { readonly rules?: readonly { readonly host?: string }[] };
};

const startController = async (name: string, extra: readonly string[] = []): Promise<ServerProcess> => {
  const kubeconfig = await serviceAccountKubeconfig(plane(), {
    namespace: SYSTEM,
    name: 'sluice-controller',
  });
  const flags = [`--kubeconfig=${kubeconfig}`, `--namespace=${SYSTEM}`, '--admin-port=off'];
  const started = startServer(
    [process.execPath, MAIN, 'controller', ...flags, '--certificates=cert-manager', ...extra],
    { folder: plane().folder, logFile: join(plane().folder, `${name}.log`) },
  );
  controllers.push(started);
  return started;
};

const pathOf = (kind: 'services' | 'ingresses', namespace: string, name: string): string =>
  `${kind === 'services' ? '/api/v1' : '/apis/networking.k8s.io/v1'}/namespaces/${namespace}/${kind}/${name}`;

const find = async (
  kind: 'services' | 'ingresses',
  namespace: string,
  name: string,
): Promise<Stored | null> => {
  const { status, body } = await plane().request({ method: 'GET', path: pathOf(kind, namespace, name) });
  return status === 200 ? (body as Stored) : null;
};

const create = (kind: 'services' | 'ingresses', namespace: string, body: Json): Promise<unknown> =>
  answered(plane(), { method: 'POST', path: pathOf(kind, namespace, '').slice(0, -1), body });

const service = (name: string, selector: Json = { app: name }): Json => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
});

const ingress = (name: string, host: string, backend = 'cart'): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, annotations: { 'kubernetes.io/ingress.class': 'sluice' } },
  spec: {
    rules: [
      {
        host,
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: backend, port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
});

const hostOf = (stored: Stored | null): string => stored?.spec.rules?.[0]?.host ?? '';

const eventReasons = async (namespace: string): Promise<readonly string[]> => {
  const { items } = (await answered(plane(), {
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/events`,
  })) as {
    readonly items: readonly {
      readonly reason: string;
      readonly involvedObject: { readonly name: string };
    }[];
  };
  return items.map(({ reason, involvedObject }) => `${reason} ${involvedObject.name}`);
};

const eventAbout = (namespace: string, text: string): Promise<string> =>
  eventually(`the Event ${text}`, async () => ((await eventReasons(namespace)).includes(text) ? text : null));

test.serial(
  'the shipped manifests are applied, and two controllers run under the shipped rights',
  async t => {
    t.timeout(120_000);
    await applyInstallation(plane());
    reviews = await startReviewServer(plane());
    await pointWebhooksAt(plane(), {
      url: reviews.url,
      caBundle: plane().authority.certificate,
      names: ['sluice'],
    });
    // The API server learns of webhooks by a watch of its own: until it has, hosts stay as they are.
    await newNamespace(plane(), 'first');
    await eventually('the webhook is called', async () => {
      const path = `${pathOf('ingresses', 'first', '').slice(0, -1)}?dryRun=All`;
      const { body } = await plane().request({
        method: 'POST',
        path,
        body: ingress('probe', 'probe.example'),
      });
      return hostOf(body as Stored) === hostKey('probe.example') ? true : null;
    });
    await startController('controller-a');
    await startController('controller-b');
    t.pass();
  },
);

test.after.always(async () => {
  await Promise.all(controllers.map(one => one.stop()));
  await reviews?.stop();
});

test.serial(
  'an edge Service is made, repaired after tampering, and removed; one that is not ours is left alone',
  async t => {
    const namespace = await newNamespace(plane(), 'edges');
    await create('services', namespace, service('cart'));
    await create('services', namespace, service('www'));
    await create('services', namespace, service('www-edge', { app: 'www', by: 'hand' }));
    const unmanaged = await find('services', namespace, 'www-edge');
    await create('ingresses', namespace, ingress('cart', 'cart.edges.example'));
    await create('ingresses', namespace, ingress('www', 'www.edges.example', 'www'));
    const made = await eventually('cart-edge is made', () => find('services', namespace, 'cart-edge'));
    t.like(made.spec, { clusterIP: 'None', selector: { app: 'cart', track: 'edge' } });
    t.deepEqual(made.metadata.labels, { 'sluice.dev/edge-of': 'cart' });
    t.deepEqual(
      made.metadata.ownerReferences?.map(({ name }) => name),
      ['cart'],
    );
    await answered(plane(), {
      method: 'PATCH',
      path: pathOf('services', namespace, 'cart-edge'),
      contentType: 'application/merge-patch+json',
      body: { metadata: { ownerReferences: null }, spec: { selector: { track: null, other: 'x' } } },
    });
    await eventually('cart-edge is as it was', async () => {
      const now = await find('services', namespace, 'cart-edge');
      const isRight =
        JSON.stringify(now?.spec.selector) === JSON.stringify(made.spec.selector) &&
        now?.metadata.ownerReferences?.length === 1;
      return isRight ? now : null;
    });
    await eventAbout(namespace, 'EdgeServiceUnmanaged www-edge');
    await eventAbout(namespace, 'EdgeServiceCreated cart');
    for (const name of ['cart', 'www'])
      await answered(plane(), { method: 'DELETE', path: pathOf('ingresses', namespace, name) });
    await eventually('cart-edge is gone', async () =>
      (await find('services', namespace, 'cart-edge')) === null ? true : null,
    );
    t.is(
      (await find('services', namespace, 'www-edge'))?.metadata.resourceVersion,
      unmanaged?.metadata.resourceVersion,
    );
  },
);

test.serial(
  'an Event says how the routers get at the users of an Ingress, and applying that does it',
  async t => {
    const namespace = await newNamespace(plane(), 'users');
    await create('ingresses', namespace, {
      ...ingress('web', 'web.users.example'),
      metadata: {
        name: 'web',
        annotations: {
          'kubernetes.io/ingress.class': 'sluice',
          'nginx.ingress.kubernetes.io/auth-type': 'basic',
          'nginx.ingress.kubernetes.io/auth-secret': 'users',
        },
      },
    });
    await eventAbout(namespace, 'SecretNotGranted web');
    const { items } = (await answered(plane(), {
      method: 'GET',
      path: `/api/v1/namespaces/${namespace}/events`,
    })) as { readonly items: readonly { readonly reason: string; readonly message: string }[] };
    const message = items.find(({ reason }) => reason === 'SecretNotGranted')?.message ?? '';
    const mayRead = async (): Promise<string> => {
      const { stdout } = await plane().kubectl(['auth', 'can-i', 'watch', 'secrets/users', '-n', namespace], {
        kubeconfig: await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-router' }),
      });
      return stdout.trim();
    };
    t.is(await mayRead(), 'no');
    const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], {
      input: message.slice(message.indexOf('{')),
    });
    t.is(code, 0, stderr);
    await eventually('the routers may', async () => ((await mayRead()) === 'yes' ? true : null));
    t.false(items.some(({ reason }) => reason === 'AnnotationInvalid'));
  },
);

test.serial('a host belongs to the namespace that was first; the other one is told', async t => {
  const first = await newNamespace(plane(), 'claims-a');
  const second = await newNamespace(plane(), 'claims-b');
  await create('ingresses', first, ingress('web', 'claimed.example'));
  await eventually('the claim is recorded', async () => {
    const path = `/api/v1/namespaces/${SYSTEM}/configmaps/${claimShard('claimed.example')}`;
    const { status, body } = await plane().request({ method: 'GET', path });
    if (status !== 200) return null;
    const { data } = body as { readonly data: Readonly<Record<string, string>> };
    return data['claims.json']?.includes('"claimed.example":{"namespace":"claims-a"') ? true : null;
  });
  await create('ingresses', second, ingress('web', 'claimed.example'));
  await eventAbout(second, 'HostTaken web');
  t.pass();
});

test.serial(
  'W3 webhook down: 100 Ingresses admitted raw; back: 100 of 100 repaired, by no other manager',
  async t => {
    const namespace = await newNamespace(plane(), 'raw');
    await reviews?.stop();
    const names = Array.from({ length: 100 }, (_, index) => `web-${index}`);
    for (const name of names) await create('ingresses', namespace, ingress(name, `${name}.raw.example`));
    const managersOf = (stored: Stored | null): readonly string[] =>
      (stored?.metadata.managedFields ?? [])
        .map(({ manager, operation }) => `${manager} ${operation}`)
        .sort();
    const before = new Map<string, readonly string[]>();
    for (const name of names) {
      const stored = await find('ingresses', namespace, name);
      t.is(hostOf(stored), `${name}.raw.example`);
      before.set(name, managersOf(stored));
    }
    await reviews?.start();
    const startMs = performance.now();
    await eventually(
      'all are repaired',
      async () => {
        for (const name of names) {
          const host = hostOf(await find('ingresses', namespace, name));
          if (host !== hostKey(`${name}.raw.example`)) return null;
        }
        return true;
      },
      60_000,
    );
    t.log(
      `100 of 100 repaired ${((performance.now() - startMs) / 1000).toFixed(1)} s after the webhook was back`,
    );
    for (const name of names)
      t.deepEqual(managersOf(await find('ingresses', namespace, name)), before.get(name), name);
  },
);

test.serial('R9 the leader is killed: the other one leads, and what was made stays as it is', async t => {
  const namespace = await newNamespace(plane(), 'leaders');
  await create('services', namespace, service('cart'));
  await create('ingresses', namespace, ingress('cart', 'cart.leaders.example'));
  const made = await eventually('cart-edge is made', () => find('services', namespace, 'cart-edge'));
  const leaderOf = async (): Promise<string> => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${SYSTEM}/leases/sluice-controller`;
    const { spec } = (await answered(plane(), { method: 'GET', path })) as {
      readonly spec: { readonly holderIdentity: string };
    };
    return spec.holderIdentity;
  };
  const first = await leaderOf();
  // One of the two leads; where it was the standby that ended, nothing changes, and the other one ends next.
  for (const one of controllers.slice(0, 2)) {
    await one.stop('SIGKILL');
    await startController('controller-next');
    await eventually(
      'somebody else leads',
      async () => ((await leaderOf()) === first ? null : true),
      30_000,
    ).catch(() => undefined);
    if ((await leaderOf()) !== first) break;
  }
  t.not(await leaderOf(), first);
  await create('services', namespace, service('www'));
  await create('ingresses', namespace, ingress('www', 'www.leaders.example', 'www'));
  await eventually('the new leader acts', () => find('services', namespace, 'www-edge'), 40_000);
  const now = await find('services', namespace, 'cart-edge');
  t.is(now?.metadata.resourceVersion, made.metadata.resourceVersion);
});

test.serial('another class: the Ingress gets its own host back', async t => {
  const namespace = await newNamespace(plane(), 'leaving');
  await create('ingresses', namespace, ingress('web', 'web.leaving.example'));
  t.is(hostOf(await find('ingresses', namespace, 'web')), hostKey('web.leaving.example'));
  await reviews?.stop();
  await answered(plane(), {
    method: 'PATCH',
    path: pathOf('ingresses', namespace, 'web'),
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { 'kubernetes.io/ingress.class': 'other' } } },
  });
  await reviews?.start();
  const restored = await eventually(
    'its host is back',
    async () => {
      const now = await find('ingresses', namespace, 'web');
      return hostOf(now) === 'web.leaving.example' ? now : null;
    },
    60_000,
  );
  t.false(JSON.stringify(restored).includes('"sluice.dev/applied"'));
});

test.serial(
  'W7 restore gives every Ingress its own hosts back, under the rights of the Job, twice alike',
  async t => {
    t.timeout(120_000);
    await applyUninstall(plane());
    await Promise.all(controllers.map(one => one.stop()));
    const kubeconfig = await serviceAccountKubeconfig(plane(), { namespace: SYSTEM, name: 'sluice-restore' });
    const before = await find('ingresses', 'raw', 'web-7');
    t.is(hostOf(before), hostKey('web-7.raw.example'));
    for (const round of ['once', 'again']) {
      const job = startServer(
        [
          process.execPath,
          MAIN,
          'controller',
          '--restore',
          `--kubeconfig=${kubeconfig}`,
          `--namespace=${SYSTEM}`,
        ],
        { folder: plane().folder, logFile: join(plane().folder, `restore-${round}.log`) },
      );
      await eventually(`restore has ended ${round}`, () => (job.hasExited() ? true : null), 100_000);
    }
    const { items } = (await answered(plane(), {
      method: 'GET',
      path: '/apis/networking.k8s.io/v1/ingresses',
    })) as {
      readonly items: readonly Stored[];
    };
    t.true(items.length > 100);
    for (const stored of items) {
      t.regex(hostOf(stored), /^[a-z0-9-]+\.[a-z]+(?:\.example)?$/);
      t.false(JSON.stringify(stored).includes('"sluice.dev/applied"'));
    }
    const configuration = await plane().request({
      method: 'GET',
      path: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/sluice',
    });
    t.is(configuration.status, 404);
  },
);
