import test, { type ExecutionContext } from 'ava';
import { CertificateKeeper } from '../../../certs/rotate/keeper.ts';
import { CertificateFollower } from '../../../certs/serve/follower.ts';
import { secretSource } from '../../../certs/serve/serving-source.ts';
import type { BundleStore, SecretStore } from '../../../certs/stores.ts';
import { bundleStore } from '../../../src/controller/certificates/bundle-store.ts';
import { secretStore } from '../../../src/controller/certificates/secret-store.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { connectionTo } from '../../../src/kube/connection/connection.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../../src/kube/kinds.ts';
import { ApiObjectClient } from '../../../src/kube/objects/api-object-client.ts';
import { mintAt, NAMES, NOW_MS } from '../../helpers/certificates.ts';
import { plainAccess } from '../../helpers/kube/plain-access.ts';
import { type SimulatedApiServer, startApiServer } from '../../helpers/kube/simulated-api-server.ts';

const ADMISSION = 'admissionregistration.k8s.io';
const NAMESPACE = 'sluice-system';

type World = {
  readonly server: SimulatedApiServer;
  readonly authority: SecretStore;
  readonly serving: SecretStore;
  readonly mutating: BundleStore;
  readonly validating: BundleStore;
};

const worldOf = async (t: ExecutionContext): Promise<World> => {
  const server = await startApiServer({ groupVersions: [`${ADMISSION}/v1`] });
  const connection = connectionTo(plainAccess(server.url), systemClock);
  t.teardown(async () => {
    connection.transport.close();
    await server.close();
  });
  const client = new ApiObjectClient({ connection, clock: systemClock });
  const secret = (name: string, type: 'Opaque' | 'kubernetes.io/tls'): SecretStore =>
    secretStore(client, { ref: { namespace: NAMESPACE, name }, type });
  return {
    server,
    authority: secret('sluice-webhook-ca', 'Opaque'),
    serving: secret('sluice-webhook-tls', 'kubernetes.io/tls'),
    mutating: bundleStore(client, MUTATING_WEBHOOKS, 'sluice'),
    validating: bundleStore(client, VALIDATING_WEBHOOKS, 'sluice'),
  };
};

const secretRef = (name: string) => ({ collection: '/secrets', namespace: NAMESPACE, name });
const mutatingRef = {
  collection: `${ADMISSION}/mutatingwebhookconfigurations`,
  namespace: '',
  name: 'sluice',
};
const validatingRef = { ...mutatingRef, collection: `${ADMISSION}/validatingwebhookconfigurations` };

/** A webhook as the manifests have it: without caBundle, or with one of earlier. */
const webhook = (name: string, caBundle?: string) => ({
  name,
  clientConfig: { service: { name: 'sluice-webhook', path: `/${name}` }, ...(caBundle && { caBundle }) },
  failurePolicy: 'Ignore',
});

const configured = ({ server }: World): void => {
  const base = { apiVersion: `${ADMISSION}/v1`, metadata: { labels: { mine: 'yes' } } };
  server.objects.create(mutatingRef, {
    ...base,
    kind: MUTATING_WEBHOOKS.name,
    webhooks: [webhook('mutate'), webhook('other', 'b2xk')],
  });
  server.objects.create(validatingRef, {
    ...base,
    kind: VALIDATING_WEBHOOKS.name,
    webhooks: [webhook('validate')],
  });
};

test('what is not there reads as null', async t => {
  const { authority, mutating } = await worldOf(t);
  t.is(await authority.read(), null);
  t.is(await mutating.read(), null);
});

test('a Secret is made with its type, replaced as a whole, and keeps what is not ours', async t => {
  const { server, serving } = await worldOf(t);
  t.is(await serving.write({ a: 'grün', b: '2' }, null), 'written');
  const made = server.objects.get(secretRef('sluice-webhook-tls'));
  t.like(made, { type: 'kubernetes.io/tls', data: { a: 'Z3LDvG4=', b: 'Mg==' } });
  server.objects.patch(secretRef('sluice-webhook-tls'), { metadata: { labels: { theirs: 'yes' } } });
  const read = await serving.read();
  t.deepEqual(read?.content, { a: 'grün', b: '2' });
  t.is(await serving.write({ a: '3' }, read?.version ?? ''), 'written');
  const changed = server.objects.get(secretRef('sluice-webhook-tls'));
  t.deepEqual(changed.data, { a: 'Mw==' });
  t.like(changed, { type: 'kubernetes.io/tls', metadata: { labels: { theirs: 'yes' } } });
});

test('who writes after somebody else has a conflict, and nothing is written', async t => {
  const world = await worldOf(t);
  const { server, authority, mutating } = world;
  t.is(await authority.write({ a: '1' }, null), 'written');
  t.is(await authority.write({ a: '2' }, null), 'conflict');
  const read = await authority.read();
  server.objects.patch(secretRef('sluice-webhook-ca'), { data: { a: 'Mw==' } });
  t.is(await authority.write({ a: '2' }, read?.version ?? ''), 'conflict');
  t.deepEqual((await authority.read())?.content, { a: '3' });
  server.objects.delete(secretRef('sluice-webhook-ca'), {});
  t.is(await authority.write({ a: '2' }, read?.version ?? ''), 'conflict');

  configured(world);
  const bundles = await mutating.read();
  server.objects.patch(mutatingRef, { metadata: { labels: { more: 'yes' } } });
  t.is(await mutating.write('new', bundles?.version ?? ''), 'conflict');
  server.objects.delete(mutatingRef, {});
  t.is(await mutating.write('new', bundles?.version ?? ''), 'conflict');
  t.is(await mutating.write('new', null), 'conflict');
});

test('caBundles of all webhooks are written, and nothing else of the configuration', async t => {
  const world = await worldOf(t);
  configured(world);
  const { server, mutating } = world;
  const read = await mutating.read();
  t.deepEqual(read?.content, ['', 'old']);
  t.is(await mutating.write('new', read?.version ?? ''), 'written');
  t.deepEqual((await mutating.read())?.content, ['new', 'new']);
  t.like(server.objects.get(mutatingRef), {
    metadata: { labels: { mine: 'yes' } },
    webhooks: [webhook('mutate', 'bmV3'), webhook('other', 'bmV3')],
  });
});

test('a failure that is no conflict is thrown, with what was asked', async t => {
  const world = await worldOf(t);
  await world.server.close();
  await t.throwsAsync(world.authority.read(), { message: /GET .*sluice-webhook-ca/ });
  await t.throwsAsync(world.serving.write({}, null), { message: /POST .*secrets/ });
});

test('owner and replica come to an end over them', async t => {
  const world = await worldOf(t);
  configured(world);
  const { authority, serving, mutating, validating } = world;
  const configurations = [mutating, validating];
  const lifetimes = { authorityMs: 3 * 86_400_000, servingMs: 86_400_000, overlapMs: 1_000 };
  const mint = mintAt(NOW_MS);
  const keeper = new CertificateKeeper(
    { authority, serving, configurations, mint, monotonicMs: () => 0, report: () => {} },
    { names: NAMES, lifetimes },
  );
  const source = secretSource(serving);
  const follower = new CertificateFollower({
    source,
    configurations,
    names: NAMES,
    nowMs: mint.nowMs,
    report: () => {},
  });
  t.is(await keeper.tick(), 'steady');
  await follower.refresh();
  t.deepEqual(follower.faults(), []);
});
