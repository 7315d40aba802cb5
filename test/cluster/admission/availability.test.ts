import { setTimeout as wait } from 'node:timers/promises';
import test from 'ava';
import { hostKey } from '../../../src/core/host-key.ts';
import { hostsOf, ingressOf, ruleOf } from '../../helpers/admission.ts';
import { ServiceAddress } from '../../helpers/service-address.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { newAuthority } from '../control-plane/pki.ts';
import { pointWebhooksAt } from '../control-plane/webhook-configurations.ts';
import { createIngress } from './ingresses.ts';
import { untilCalled, webhookForTests } from './webhook-for-tests.ts';
import {
  isReady,
  readiness,
  reviewCount,
  startWebhook,
  untilReady,
  type WebhookProcess,
} from './webhook-process.ts';

const { plane, webhook } = webhookForTests(test);

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const SECRETS = '/api/v1/namespaces/sluice-system/secrets';
const BOTH = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;
const NAMES = ['sluice'];

const urlOf = (port: number): string => `https://127.0.0.1:${port}`;

/** `Fail` shows a review that fails as a write that fails. */
const setPolicy = async (failurePolicy: 'Fail' | 'Ignore'): Promise<void> => {
  for (const kind of BOTH)
    await answered(plane(), {
      method: 'PATCH',
      path: `${CONFIGURATIONS}/${kind}/sluice`,
      contentType: 'application/json-patch+json',
      body: [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: failurePolicy }],
    });
};

const untilUnready = (reason: RegExp): Promise<string> =>
  eventually(`/readyz says ${reason}`, async () => {
    const said = await readiness(webhook());
    return reason.test(said) ? said : null;
  });

test.serial('W9 /readyz says whether the caBundles trust what is served', async t => {
  t.true(isReady(await readiness(webhook())));
  const { certificate } = newAuthority('another authority');
  await pointWebhooksAt(plane(), { url: urlOf(webhook().port), caBundle: certificate, names: NAMES });
  t.regex(await untilUnready(/caBundle/), /sluice/);
  const caBundle = plane().authority.certificate;
  await pointWebhooksAt(plane(), { url: urlOf(webhook().port), caBundle, names: NAMES });
  t.true(await untilReady(webhook()));
});

test.serial(
  'W9 a webhook without a certificate is not ready, and serves one as soon as it is there',
  async t => {
    const path = `${SECRETS}/sluice-webhook-tls`;
    const { data } = (await answered(plane(), { method: 'GET', path })) as { readonly data: unknown };
    await answered(plane(), { method: 'DELETE', path });
    const late = await startWebhook(plane(), ['--drain-wait', '0s']);
    t.teardown(() => late.process.end());
    await eventually('/readyz says what is missing', async () =>
      /^no certificate is stored yet$/m.test(await readiness(late)) ? true : null,
    );
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'sluice-webhook-tls' },
      type: 'kubernetes.io/tls',
      data,
    };
    await answered(plane(), { method: 'POST', path: SECRETS, body });
    t.true(await untilReady(late));
    // The one that had it served on.
    t.true(isReady(await readiness(webhook())));
  },
);

test.serial(
  'W7 with every webhook dead and failurePolicy Fail nothing of ours is locked, and a restart mends all',
  async t => {
    const namespace = await newNamespace(plane(), 'deadlock');
    const own = await startWebhook(plane(), ['--drain-wait', '0s']);
    t.teardown(() => own.process.end());
    await untilReady(own);
    const caBundle = plane().authority.certificate;
    await pointWebhooksAt(plane(), { url: urlOf(own.port), caBundle, names: NAMES });
    await setPolicy('Fail');
    t.teardown(() => setPolicy('Ignore'));
    const write = (where: string) =>
      createIngress(
        plane(),
        where,
        ingressOf({ namespace: where, rules: [ruleOf(`${where}.example`)] }),
        '?dryRun=All',
      );
    await eventually('it is called', async () => {
      await write(namespace);
      return (await reviewCount(own)) > 0 ? true : null;
    });
    await own.process.end();
    await eventually('writes of ours fail', async () =>
      (await write(namespace)).status === 500 ? true : null,
    );
    // What a webhook needs to come back is not behind the webhook.
    t.is((await write('sluice-system')).status, 201);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'any' } };
    t.is(
      (await plane().request({ method: 'POST', path: `${SECRETS}?dryRun=All`, body: secret })).status,
      201,
    );
    for (const kind of BOTH) {
      const path = `${CONFIGURATIONS}/${kind}/sluice?dryRun=All`;
      t.is((await plane().request({ method: 'DELETE', path })).status, 200);
    }
    const again = await startWebhook(plane(), ['--drain-wait', '0s']);
    t.teardown(() => again.process.end());
    await untilReady(again);
    await pointWebhooksAt(plane(), { url: urlOf(again.port), names: NAMES });
    const { body } = await eventually('writes are reviewed again', async () => {
      const answer = await write(namespace);
      return answer.status === 201 ? answer : null;
    });
    t.deepEqual(hostsOf(body), [hostKey('deadlock.example')]);
  },
);

/** Asks like a kubelet, ten times as often, and has the Service's address follow what it hears. */
const followReadiness = (service: ServiceAddress) => {
  const asked = new Map<WebhookProcess, boolean>();
  let isFollowing = true;
  const look = async (replica: WebhookProcess): Promise<void> => {
    const isTaken = isReady(await readiness(replica).catch(() => ''));
    if (isTaken === asked.get(replica)) return;
    asked.set(replica, isTaken);
    if (isTaken) service.add(replica.port);
    else service.remove(replica.port);
  };
  const following = (async () => {
    while (isFollowing) {
      await Promise.all([...asked.keys()].map(look));
      await wait(200);
    }
  })();
  return {
    follow: async (replica: WebhookProcess): Promise<void> => {
      asked.set(replica, false);
      await eventually('the replica is in the Service', () => (asked.get(replica) === true ? true : null));
    },
    /** Resolves once no new connection comes to it. */
    untilLeft: async (replica: WebhookProcess): Promise<void> => {
      await eventually('the replica is not in the Service', () =>
        asked.get(replica) === false ? true : null,
      );
      asked.delete(replica);
    },
    stop: async (): Promise<void> => {
      isFollowing = false;
      await following;
    },
  };
};

const WRITES_PER_SECOND = 50;

/** Sends writes at their times until it is stopped; every one is two reviews. */
const startWrites = (namespace: string) => {
  const answers: Promise<string>[] = [];
  let isRunning = true;
  const write = async (nth: number): Promise<string> => {
    const body = ingressOf({ namespace, name: `web-${nth}`, rules: [ruleOf(`web-${nth}.example`)] });
    const answer = await createIngress(plane(), namespace, body, '?dryRun=All');
    if (answer.status !== 201) return `${answer.status} ${JSON.stringify(answer.body)}`;
    return hostsOf(answer.body)[0] === hostKey(`web-${nth}.example`) ? 'reviewed' : 'raw';
  };
  const startMs = performance.now();
  const sending = (async () => {
    for (let nth = 0; isRunning; nth += 1) {
      await wait(Math.max(0, startMs + (nth * 1000) / WRITES_PER_SECOND - performance.now()));
      answers.push(write(nth));
    }
  })();
  return async (): Promise<readonly string[]> => {
    isRunning = false;
    await sending;
    return Promise.all(answers);
  };
};

test.serial(
  'W9 two replicas are restarted in turn at fifty writes a second, and no review fails',
  async t => {
    t.timeout(150_000);
    const namespace = await newNamespace(plane(), 'rolling');
    const service = await ServiceAddress.open(t);
    const endpoints = followReadiness(service);
    t.teardown(() => endpoints.stop());
    const startReplica = async (): Promise<WebhookProcess> => {
      const replica = await startWebhook(plane(), ['--drain-wait', '3s']);
      t.teardown(() => replica.process.end());
      await endpoints.follow(replica);
      return replica;
    };
    const replicas = [await startReplica(), await startReplica()];
    const caBundle = plane().authority.certificate;
    await pointWebhooksAt(plane(), { url: urlOf(service.port), caBundle, names: NAMES });
    await setPolicy('Fail');
    t.teardown(() => setPolicy('Ignore'));
    await untilCalled(plane());
    const stopWrites = startWrites(namespace);
    const exitCodes: (number | null)[] = [];
    // As the Deployment rolls: a new one is ready first (maxSurge 1, maxUnavailable 0).
    for (let roll = 0; roll < 8; roll += 1) {
      const leaving = replicas.shift();
      if (leaving === undefined) continue;
      replicas.push(await startReplica());
      leaving.process.kill('SIGTERM');
      // It ends as soon as the API server has closed its idle connections, and answers until then.
      void leaving.process.finished.then(({ code }) => exitCodes.push(code));
      await endpoints.untilLeft(leaving);
    }
    const answers = await stopWrites();
    t.log(`${answers.length} writes; ${exitCodes.length} replicas have ended by then`);
    t.true(answers.length > 300);
    t.deepEqual(
      answers.filter(answer => answer !== 'reviewed'),
      [],
    );
    t.true(exitCodes.every(code => code === 0));
  },
);
