import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import type { CertificateEvent } from '../../../certs/certificate-event.ts';
import { calledNames, servingNames } from '../../../certs/issue.ts';
import { newKeyPair } from '../../../certs/key-pair.ts';
import { DEFAULT_LIFETIMES, type Lifetimes, lifetimeFaults } from '../../../certs/lifetimes.ts';
import { Recurring } from '../../../certs/recurring.ts';
import { CertificateKeeper } from '../../../certs/rotate/keeper.ts';
import { CertificateFollower } from '../../../certs/serve/follower.ts';
import { secretSource } from '../../../certs/serve/serving-source.ts';
import { secretStore } from '../../../src/controller/certificates/secret-store.ts';
import { webhookConfigurations } from '../../../src/controller/certificates/webhook-configurations.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { connect } from '../../../src/kube/connection/connection.ts';
import { ApiObjectClient } from '../../../src/kube/objects/api-object-client.ts';
import { binaryPaths } from '../cache-folder.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { serviceAccountKubeconfig } from '../control-plane/service-accounts.ts';
import { pointWebhooksAt } from '../control-plane/webhook-configurations.ts';
import { CLUSTER_VERSIONS, versionUnderTest } from '../versions.ts';
import { startReplicas, type WebhookReplicas } from './webhook-replicas.ts';

const plane = planeForTests(test);

const NAMESPACE = 'sluice-system';
const SERVICE = { name: 'sluice-webhook', namespace: NAMESPACE, extra: ['127.0.0.1'] };

/** Ten times faster than the checklist's minute and three minutes. */
const LIFETIMES: Lifetimes = { authorityMs: 18_000, servingMs: 6_000, overlapMs: 1_000 };
const LOOK_MS = 200;
const ROTATIONS = 20;
const REVIEW_INTERVAL_MS = 20;

/** The shipped manifests, as a kubectl of today renders them; their RBAC is what the two roles run under here. */
const install = async (t: ExecutionContext): Promise<void> => {
  const folder = versionUnderTest() === 'oldest' ? 'overlays/k8s-1.20' : 'base';
  const root = fileURLToPath(new URL('../../../webhook-config', import.meta.url));
  const [newest = 'newest'] = CLUSTER_VERSIONS;
  const render = promisify(execFile)(binaryPaths(newest).kubectl, ['kustomize', `${root}/${folder}`]);
  const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], { input: (await render).stdout });
  t.is(code, 0, stderr);
};

const clientOf = async (name: string): Promise<ApiObjectClient> => {
  const kubeconfig = await serviceAccountKubeconfig(plane(), { namespace: NAMESPACE, name });
  return new ApiObjectClient({
    connection: await connect({ kubeconfig, env: {} }, systemClock),
    clock: systemClock,
  });
};

const storesOf = (client: ApiObjectClient) => ({
  authority: secretStore(client, {
    ref: { namespace: NAMESPACE, name: 'sluice-webhook-ca' },
    type: 'Opaque',
  }),
  serving: secretStore(client, {
    ref: { namespace: NAMESPACE, name: 'sluice-webhook-tls' },
    type: 'kubernetes.io/tls',
  }),
  configurations: webhookConfigurations(client, 'sluice'),
});

type Running = {
  readonly keeper: CertificateKeeper;
  readonly followers: readonly CertificateFollower[];
  readonly replicas: WebhookReplicas;
  readonly events: readonly CertificateEvent[];
  readonly failures: readonly unknown[];
  readonly stop: () => Promise<void>;
};

/** The owner under the controller's rights, two replicas under the webhook's, and real servers behind them. */
const run = async (lifetimes: Lifetimes): Promise<Running> => {
  const events: CertificateEvent[] = [];
  const failures: unknown[] = [];
  const loop = (work: () => Promise<unknown>): Recurring => {
    const recurring = new Recurring(work, {
      intervalMs: LOOK_MS,
      random: Math.random,
      timers: { set: setTimeout, clear: timer => clearTimeout(timer as NodeJS.Timeout) },
      onFailure: error => void failures.push(error),
    });
    recurring.nudge();
    return recurring;
  };
  const report = (event: CertificateEvent): void => void events.push(event);
  const keeper = new CertificateKeeper(
    {
      ...storesOf(await clientOf('sluice-controller')),
      mint: { nowMs: Date.now, newKeyPair, randomBytes },
      monotonicMs: () => performance.now(),
      report,
    },
    { names: servingNames(SERVICE), lifetimes },
  );
  const { serving, configurations } = storesOf(await clientOf('sluice-webhook'));
  const followers = [1, 2].map(
    () =>
      new CertificateFollower({
        source: secretSource(serving),
        configurations,
        names: calledNames(SERVICE),
        nowMs: Date.now,
        report: () => {},
      }),
  );
  const replicas = await startReplicas(followers.map(follower => follower.serving));
  const loops = [loop(() => keeper.tick()), ...followers.map(follower => loop(() => follower.refresh()))];
  return {
    keeper,
    followers,
    replicas,
    events,
    failures,
    stop: async () => {
      await Promise.all(loops.map(one => one.stop()));
      replicas.close();
    },
  };
};

const faults = ({ followers }: Running): readonly string[] => followers.flatMap(one => one.faults());

const INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'reviewed', annotations: { 'kubernetes.io/ingress.class': 'sluice' } },
  spec: {
    rules: [
      {
        host: 'reviewed.example',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'www', port: { number: 80 } } } },
          ],
        },
      },
    ],
  },
};

/** What the API server says of one Ingress that is reviewed and not stored; empty: all is well. */
const reviewFault = async (): Promise<string> => {
  const path = '/apis/networking.k8s.io/v1/namespaces/default/ingresses?dryRun=All';
  const { status, body } = await plane().request({ method: 'POST', path, body: INGRESS });
  return status === 201 ? '' : `${status} ${JSON.stringify(body)}`;
};

/** From now on a webhook that cannot be called is an error, and each is called over its own address. */
const failClosed = async ({ replicas }: Running): Promise<void> => {
  await pointWebhooksAt(plane(), { url: replicas.url, names: ['sluice', 'sluice-services'] });
  for (const kind of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    await answered(plane(), {
      method: 'PATCH',
      path: `/apis/admissionregistration.k8s.io/v1/${kind}/sluice`,
      contentType: 'application/json-patch+json',
      body: [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' }],
    });
  }
};

/** Ready, and called: the API server has seen the configurations. */
const calledBy = async (running: Running): Promise<void> => {
  await failClosed(running);
  await eventually('both replicas are ready', () => (faults(running).length === 0 ? true : null));
  const before = running.replicas.connections();
  await eventually('reviews are answered', async () =>
    (await reviewFault()) === '' && running.replicas.connections() > before ? true : null,
  );
};

/** Ingresses at fifty a second, open loop: the next one does not wait for the last. */
const startLoad = (running: Running) => {
  const reviews: Promise<string>[] = [];
  const notReady: string[] = [];
  const timer = setInterval(() => {
    reviews.push(reviewFault().catch(String));
    notReady.push(...faults(running));
  }, REVIEW_INTERVAL_MS);
  return async () => {
    clearInterval(timer);
    const failed = (await Promise.all(reviews)).filter(fault => fault !== '');
    return { count: reviews.length, failed, notReady };
  };
};

const LONG: Lifetimes = { ...DEFAULT_LIFETIMES, overlapMs: 1_000 };

test.serial(
  'W10 the controller’s rights suffice to keep certificates, the webhook’s to serve them',
  async t => {
    await install(t);
    const running = await run(LONG);
    t.teardown(running.stop);
    await calledBy(running);
    t.deepEqual(running.failures, []);
    const { authority } = storesOf(await clientOf('sluice-webhook'));
    await t.throwsAsync(authority.read(), { message: /forbidden/ });
  },
);

const BUNDLES = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/sluice';
const ANY_BUNDLE = '/webhooks/0/clientConfig/caBundle';

const harmed = async (patch: object): Promise<void> => {
  const contentType = 'application/json-patch+json';
  await answered(plane(), { method: 'PATCH', path: BUNDLES, contentType, body: [patch] });
};

/** Another authority's certificate, which the API server takes for a good one. */
const foreignBundle = (): string => Buffer.from(plane().authority.certificate).toString('base64');

test.serial('W10 a caBundle that is blanked, removed or another one’s is put back within 10 s', async t => {
  const running = await run(LONG);
  t.teardown(running.stop);
  await calledBy(running);
  const tookMs: number[] = [];
  const published = (): number => running.events.filter(({ kind }) => kind === 'published').length;
  for (const patch of [
    { op: 'replace', path: ANY_BUNDLE, value: '' },
    { op: 'remove', path: ANY_BUNDLE },
    { op: 'replace', path: ANY_BUNDLE, value: foreignBundle() },
  ]) {
    const before = published();
    const begunMs = performance.now();
    await harmed(patch);
    await eventually('it is put back', () => (published() > before ? true : null), 10_000);
    await eventually(
      'reviews are answered',
      async () => ((await reviewFault()) === '' ? true : null),
      10_000,
    );
    tookMs.push(Math.round(performance.now() - begunMs));
  }
  t.log(`until reviews were answered again: ${tookMs.join(', ')} ms`);
  t.deepEqual(running.failures, []);
});

test.serial('W10 Secrets that are deleted or corrupt cost no review', async t => {
  const running = await run(LONG);
  t.teardown(running.stop);
  await calledBy(running);
  const finish = startLoad(running);
  const made = (): number => running.events.filter(({ kind }) => kind === 'previous-dropped').length;
  for (const harm of [
    { method: 'DELETE', name: 'sluice-webhook-ca' },
    { method: 'PATCH', name: 'sluice-webhook-ca', body: { data: { 'ca.crt': 'eA==' } } },
    { method: 'DELETE', name: 'sluice-webhook-tls' },
    { method: 'PATCH', name: 'sluice-webhook-tls', body: { data: { 'tls.crt': 'eA==' } } },
  ] as const) {
    const { name, ...request } = harm;
    const [before, issued] = [made(), running.events.filter(({ kind }) => kind === 'issued').length];
    await answered(plane(), { ...request, path: `/api/v1/namespaces/${NAMESPACE}/secrets/${name}` });
    await eventually(`${harm.method} ${name} is mended`, () => {
      const isIssued = running.events.filter(({ kind }) => kind === 'issued').length > issued;
      return isIssued && (name === 'sluice-webhook-tls' || made() > before) ? true : null;
    });
  }
  const { count, failed, notReady } = await finish();
  t.deepEqual(failed.slice(0, 3), []);
  t.deepEqual(notReady.slice(0, 3), []);
  t.log(`${count} Ingresses reviewed, none failed`);
});

test.serial('W10 twenty rotations at fifty reviews a second on two replicas fail no review', async t => {
  t.deepEqual(lifetimeFaults(LIFETIMES), []);
  // The long-lived ones of the tests before end here.
  for (const name of ['sluice-webhook-ca', 'sluice-webhook-tls'])
    await plane().request({ method: 'DELETE', path: `/api/v1/namespaces/${NAMESPACE}/secrets/${name}` });
  const running = await run(LIFETIMES);
  t.teardown(running.stop);
  const { events, replicas } = running;
  const count = (kind: CertificateEvent['kind']): number =>
    events.filter(event => event.kind === kind).length;
  await calledBy(running);
  const before = count('issued');
  const finish = startLoad(running);
  await eventually('it has rotated', () => (count('issued') - before >= ROTATIONS ? true : null), 170_000);
  const { count: reviewed, failed, notReady } = await finish();
  t.deepEqual(failed.slice(0, 3), []);
  t.deepEqual(notReady.slice(0, 3), []);
  t.deepEqual(running.failures, []);
  t.true(reviewed > 1_000);
  t.true(count('authority-made') > 4 && count('previous-dropped') > 3);
  t.log(
    `${reviewed} Ingresses, each reviewed twice, over ${replicas.connections()} connections: ${failed.length} failed;`,
    `${count('issued') - before} certificates, ${count('authority-made')} authorities`,
  );
});
