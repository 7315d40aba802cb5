import { request } from 'node:https';
import test from 'ava';
import { hostKey } from '../../../src/core/host-key.ts';
import { drainageOf, hostsOf, ingressOf, type Manifest, ruleOf } from '../../helpers/admission.ts';
import { answered } from '../control-plane/answered.ts';
import { eventually } from '../control-plane/eventually.ts';
import { newNamespace } from '../control-plane/namespaces.ts';
import { versionUnderTest } from '../versions.ts';
import { createIngress, ingressesPath, metadataOf, patchIngress } from './ingresses.ts';
import { startOtherWebhook } from './other-webhook.ts';
import { webhookForTests } from './webhook-for-tests.ts';
import { reviewCount, startRole } from './webhook-process.ts';

const { plane, webhook } = webhookForTests(test);

const isOldest = versionUnderTest() === 'oldest';

const liveIn = (namespace: string, name = 'web'): Promise<unknown> =>
  answered(plane(), { method: 'GET', path: `${ingressesPath(namespace)}/${name}` });

/** How many reviews it costs. */
const reviewsOf = async (act: () => Promise<unknown>): Promise<number> => {
  const before = await reviewCount(webhook());
  await act();
  return (await reviewCount(webhook())) - before;
};

const created = async (namespace: string, body: Manifest): Promise<void> => {
  await answered(plane(), { method: 'POST', path: ingressesPath(namespace), body });
};

const leftAlone = test.macro({
  async exec(t, name: string, labels: Readonly<Record<string, string>> | null, calls: number) {
    if (labels !== null) await newNamespace(plane(), name, labels);
    const body = ingressOf({ namespace: name, rules: [ruleOf(`${name}.example`)] });
    t.is(await reviewsOf(() => created(name, body)), calls);
    t.deepEqual(hostsOf(await liveIn(name)), [`${name}.example`]);
  },
  title: (what = '') => `W1 ${what} is left alone`,
});
test.serial('our own namespace', leftAlone, 'sluice-system', null, 0);
// 1.20 has no label for a namespace's name: there the handler decides.
test.serial('kube-system', leftAlone, 'kube-system', null, isOldest ? 2 : 0);
test.serial('a namespace with our label', leftAlone, 'ignored', { 'sluice.dev/webhook': 'ignore' }, 0);

test.serial('W1 status, deletes and other classes cost no review or no change', async t => {
  const namespace = await newNamespace(plane(), 'scope');
  const ours = ingressOf({ namespace, rules: [ruleOf('scope.example')] });
  t.is(await reviewsOf(() => created(namespace, ours)), 2);
  const ref = { namespace, name: 'web' };
  const status = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } };
  t.is(await reviewsOf(() => patchIngress(plane(), { ...ref, subresource: '/status' }, status)), 0);
  const path = `${ingressesPath(namespace)}/web`;
  t.is(await reviewsOf(() => answered(plane(), { method: 'DELETE', path })), 0);

  await created(namespace, { ...ours, spec: { ...(ours.spec as Manifest), ingressClassName: 'other' } });
  t.deepEqual(hostsOf(await liveIn(namespace)), ['scope.example']);
  const classless = ingressOf({ namespace, name: 'none', rules: [ruleOf('none.example')] });
  const { ingressClassName: _, ...spec } = classless.spec as Manifest;
  const calls = await reviewsOf(() => created(namespace, { ...classless, spec }));
  t.is(calls, isOldest ? 2 : 0);
  t.deepEqual(hostsOf(await liveIn(namespace, 'none')), ['none.example']);
});

test.serial('W1 an Ingress whose class is changed away gets its hosts back', async t => {
  const namespace = await newNamespace(plane(), 'leaving');
  await created(namespace, ingressOf({ namespace, rules: [ruleOf('leaving.example')] }));
  t.deepEqual(hostsOf(await liveIn(namespace)), [hostKey('leaving.example')]);
  const patch = { spec: { ingressClassName: 'other' } };
  const { status } = await patchIngress(plane(), { namespace, name: 'web' }, patch);
  t.is(status, 200);
  const live = await liveIn(namespace);
  t.deepEqual(hostsOf(live), ['leaving.example']);
  t.is(metadataOf(live).annotations, undefined);
});

test.serial('W4 behind another mutating webhook it is called again, and the whole settles', async t => {
  const namespace = await newNamespace(plane(), 'policed', { policy: 'yes' });
  await startOtherWebhook(t, plane(), 'policy.example');
  const written = JSON.stringify(ingressOf({ namespace, rules: [ruleOf('policed.example')] }));
  const apply = async (): Promise<unknown> => {
    const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], { input: written });
    t.is(code, 0, stderr);
    return liveIn(namespace);
  };
  await eventually('the other webhook is called', async () => {
    const { body } = await createIngress(plane(), namespace, JSON.parse(written), '?dryRun=All');
    return hostsOf(body).length === 2 ? true : null;
  });
  const first = await apply();
  t.deepEqual(hostsOf(first), [hostKey('policed.example'), hostKey('policy.example')]);
  for (let round = 0; round < 5; round += 1) t.deepEqual(await apply(), first);
});

const BAD = {
  annotations: {
    'kubernetes.io/ingress.class': 'sluice',
    'sluice.dev/tickets': '[{header: {foo: {regex: "("}}}, {percent: 120}, {to: nowhere, header: {a: b}}]',
    'sluice.dev/paused': 'maybe',
    'nginx.ingress.kubernetes.io/canary': 'true',
    'nginx.ingress.kubernetes.io/auth-url': 'https://auth.example',
  },
  rules: [ruleOf('bad.example', { path: '/cart' }, { path: '/cart' }), ruleOf(`${'x.'.repeat(60)}example`)],
};

test.serial(
  'kubectl apply of a bad Ingress shows every problem with code and field, and stores nothing',
  async t => {
    const namespace = await newNamespace(plane(), 'bad');
    const { spec, ...rest } = ingressOf({ namespace, ...BAD });
    const { ingressClassName: _, ...others } = spec as Manifest;
    const input = JSON.stringify({ ...rest, spec: others });
    const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], { input });
    t.is(code, 1);
    for (const [problem, field] of [
      ['RegexInvalid', 'metadata.annotations[sluice.dev/tickets][0].header.foo.regex'],
      ['TicketInvalid', 'metadata.annotations[sluice.dev/tickets][1].percent'],
      ['TrackUnknown', 'metadata.annotations[sluice.dev/tickets][2].to'],
      ['AnnotationInvalid', 'metadata.annotations[sluice.dev/paused]'],
      ['CanaryIngress', 'metadata.annotations[nginx.ingress.kubernetes.io/canary]'],
      ['AnnotationUnsupported', 'metadata.annotations[nginx.ingress.kubernetes.io/auth-url]'],
      ['PathDuplicate', 'spec.rules[0].http.paths[1].path'],
      ['HostTooLong', 'spec.rules[1].host'],
    ] as const)
      t.true(
        stderr.split('\n').some(line => line.includes(`${field}: `) && line.includes(problem)),
        `${problem} at ${field}`,
      );
    t.is((await plane().request({ method: 'GET', path: `${ingressesPath(namespace)}/web` })).status, 404);
  },
);

test.serial('a denial lists a bounded number of problems, and says how many more there are', async t => {
  const namespace = await newNamespace(plane(), 'many');
  const rules = Array.from({ length: 200 }, (_, nth) => ruleOf(`many-${nth}.example`, {}, {}));
  const input = JSON.stringify(ingressOf({ namespace, rules }));
  const { code, stderr } = await plane().kubectl(['apply', '-f', '-'], { input });
  t.is(code, 1);
  t.is(stderr.match(/PathDuplicate/g)?.length, 40);
  t.regex(stderr, /… and 160 more/);
  t.true(Buffer.byteLength(stderr) < 17_000);
});

test.serial('an update is told of its new problem, and of the old one only in a warning', async t => {
  const namespace = await newNamespace(plane(), 'mending');
  const annotations = { 'sluice.dev/paused': 'maybe' };
  // Stored while the webhook was away.
  const ignored = { metadata: { labels: { 'sluice.dev/webhook': 'ignore' } } };
  const path = `/api/v1/namespaces/${namespace}`;
  const contentType = 'application/merge-patch+json';
  await answered(plane(), { method: 'PATCH', path, contentType, body: ignored });
  await eventually('the namespace is ignored', async () => {
    const raw = ingressOf({ namespace, rules: [ruleOf('mending.example')], annotations });
    const { body } = await createIngress(plane(), namespace, raw, '?dryRun=All');
    return hostsOf(body)[0] === 'mending.example' ? true : null;
  });
  await created(namespace, ingressOf({ namespace, rules: [ruleOf('mending.example')], annotations }));
  const seen = { metadata: { labels: { 'sluice.dev/webhook': null } } };
  await answered(plane(), { method: 'PATCH', path, contentType, body: seen });
  const annotate = (text: string) => plane().kubectl(['-n', namespace, 'annotate', 'ingress', 'web', text]);
  const refused = await eventually('the namespace is seen', async () => {
    const told = await annotate('sluice.dev/on-empty-edge=perhaps');
    return told.code === 1 ? told : null;
  });
  t.regex(refused.stderr, /on-empty-edge.*AnnotationInvalid/);
  t.notRegex(refused.stderr, /paused\]: AnnotationInvalid/);
  const admitted = await annotate('team=shop');
  t.is(admitted.code, 0, admitted.stderr);
  t.regex(admitted.stderr, /Warning: .*sluice\.dev\/paused/);
});

test.serial(
  'of two namespaces that name one host the second is denied, by the name of the first',
  async t => {
    const first = await newNamespace(plane(), 'first');
    const second = await newNamespace(plane(), 'second');
    const rules = [ruleOf('claimed.example')];
    await created(first, ingressOf({ namespace: first, rules }));
    const { code, stderr } = await eventually('the claim is known', async () => {
      const input = JSON.stringify(ingressOf({ namespace: second, rules }));
      const told = await plane().kubectl(['apply', '--dry-run=server', '-f', '-'], { input });
      return told.code === 0 ? null : told;
    });
    t.is(code, 1);
    t.regex(stderr, /HostTaken/);
    t.regex(stderr, /spec\.rules\[0\]\.host/);
    t.regex(stderr, /"?first"?/);
    // Nobody takes a host by an alias either.
    const alias = ingressOf({
      namespace: second,
      rules: [ruleOf('other.example')],
      annotations: { 'sluice.dev/aliases': 'claimed.example' },
    });
    const { status, body } = await createIngress(plane(), second, alias);
    t.is(status, 403, JSON.stringify(body));
  },
);

test.serial('W6 dry runs and refused writes make no edge Service, a stored Ingress does', async t => {
  const namespace = await newNamespace(plane(), 'effects');
  const flags = ['--admin-port=off', '--certificates=cert-manager'];
  const controller = await startRole(plane(), 'controller', flags);
  t.teardown(() => controller.end());
  for (const name of ['dry', 'refused', 'stored']) {
    await answered(plane(), {
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/services`,
      body: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name },
        spec: { selector: { app: name }, ports: [{ port: 80 }] },
      },
    });
  }
  const withService = (name: string, path = '/') =>
    ingressOf({ namespace, name, rules: [ruleOf(`${name}.example`, { path, service: name })] });
  const dry = await createIngress(plane(), namespace, withService('dry'), '?dryRun=All');
  t.is(dry.status, 201);
  t.deepEqual(drainageOf(dry.body).serviceMap, { dry: 'dry-edge' });
  t.is((await createIngress(plane(), namespace, withService('refused', '/a/../b'))).status, 422);
  await created(namespace, withService('stored'));
  const services = async (): Promise<readonly unknown[]> => {
    const list = await answered(plane(), { method: 'GET', path: `/api/v1/namespaces/${namespace}/services` });
    return (list as { readonly items: readonly unknown[] }).items.map(item => metadataOf(item).name);
  };
  await eventually('the edge of what is stored', async () =>
    (await services()).includes('stored-edge') ? true : null,
  );
  t.deepEqual(await services(), ['dry', 'refused', 'stored', 'stored-edge']);
});

const statusOf = (method: string, path: string, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: webhook().port,
        ca: plane().authority.certificate,
        ...{ method, path, agent: false },
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      response => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });

test.serial('W11 W12 what is no review is refused, without a redirect', async t => {
  t.is(await statusOf('POST', '/mutate', '{}'), 400);
  t.is(await statusOf('POST', '/mutate', 'x'.repeat(10 * 1024 * 1024)), 413);
  t.is(await statusOf('GET', '/mutate', ''), 405);
  for (const path of ['/', '//mutate', '/mutate/', '/validate/../mutate', '/MUTATE'])
    t.is(await statusOf('POST', path, '{}'), 404, path);
});
