import test from 'ava';
import { isRecord } from '../../../src/core/canonical-json.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { ApiEventRecorder } from '../../../src/kube/events/api-event-recorder.ts';
import { INGRESS, SERVICE } from '../../../src/kube/kinds.ts';
import { LEASE } from '../../../src/kube/leader/lease.ts';
import { LeaseCandidate } from '../../../src/kube/leader/lease-candidate.ts';
import { ApiObjectClient } from '../../../src/kube/objects/api-object-client.ts';
import { OBJECT_CLIENT_CASES, type ObjectClientCase } from '../../helpers/kube/object-client-cases.ts';
import { eventually } from '../control-plane/eventually.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { SEED } from '../seed-manifests.ts';
import { inNamespace, upstreamOf } from './upstream.ts';

const plane = planeForTests(test);

const world = async () => {
  const { upstream, namespace } = await upstreamOf(plane());
  return { upstream, namespace, client: new ApiObjectClient({ connection: upstream, clock: systemClock }) };
};

const holds = test.macro<[row: ObjectClientCase]>({
  async exec(t, row) {
    const { client, namespace } = await world();
    await row.run(t, client, namespace);
  },
  title: (_, row) => row.title,
});

for (const row of OBJECT_CLIENT_CASES) test.serial(holds, row);

test.serial('what the API server finds wrong comes back field by field', async t => {
  const { client, namespace } = await world();
  const spec = { selector: { app: 'a' }, ports: [{ port: 0 }, { port: 70_000 }] };
  const made = await client.create(SERVICE, namespace, { metadata: { name: 'wrong' }, spec });
  t.false(made.ok);
  if (made.ok) return;
  t.is(made.failure.kind, 'invalid');
  const fields = made.failure.problems.map(({ field }) => field);
  t.true(fields.includes('spec.ports[0].port') && fields.includes('spec.ports[1].port'), fields.join());
});

/** `manager operation time` of every entry: who has written what, by the server's books. */
const managersOf = (json: unknown): readonly string[] => {
  const metadata = isRecord(json) && isRecord(json.metadata) ? json.metadata : {};
  const entries = Array.isArray(metadata.managedFields) ? metadata.managedFields : [];
  return entries.map(entry => JSON.stringify(entry));
};

test.serial(
  'readmitting an object changes no version where admission changes nothing, and no field its manager',
  async t => {
    const { client, namespace } = await world();
    const applied = await plane().kubectl(['apply', '-n', namespace, '-f', '-'], {
      input: inNamespace(SEED.before.v1, namespace),
    });
    t.is(applied.code, 0, applied.stderr);
    const ref = { namespace, name: 'taobao-ing' };
    const before = await client.get(INGRESS, ref);
    if (!before.ok) return t.fail(before.failure.message);
    const { resourceVersion, json } = before.value;
    const after = await client.readmit(INGRESS, ref, resourceVersion);
    if (!after.ok) return t.fail(after.failure.message);
    t.is(after.value.resourceVersion, resourceVersion);
    t.deepEqual(managersOf(after.value.json), managersOf(json));
    return undefined;
  },
);

test.serial('R9 a Lease passes from one candidate to the next', async t => {
  const { client, namespace } = await world();
  const lease = { namespace, name: 'controller' };
  const told: string[] = [];
  const stand = (identity: string): LeaseCandidate =>
    new LeaseCandidate(
      {
        lease,
        identity,
        times: { leaseMs: 3_000, renewDeadlineMs: 2_000, retryMs: 200 },
        onGained: () => told.push(`${identity} gained`),
        onLost: reason => told.push(`${identity} ${reason}`),
      },
      { client, clock: systemClock, random: Math.random },
    );
  const a = stand('a');
  await eventually('a leads', () => (a.isLeader() ? true : null));
  const b = stand('b');
  await eventually('b has seen a', () => (b.leader === 'a' ? true : null));
  await a.stop();
  await eventually('b leads', () => (b.isLeader() ? true : null));
  t.deepEqual(told, ['a gained', 'a released', 'b gained']);
  const stored = await client.get(LEASE, lease);
  t.true(stored.ok);
  if (stored.ok) t.like(stored.value.object, { holder: 'b', durationMs: 3_000 });
  await b.stop();
});

test.serial('an Event is written as kubectl describe shows it, and counted up', async t => {
  const { client, namespace } = await world();
  await plane().kubectl(['apply', '-n', namespace, '-f', '-'], {
    input: inNamespace(SEED.before.v1, namespace),
  });
  const found = await client.get(INGRESS, { namespace, name: 'taobao-ing' });
  if (!found.ok) return t.fail(found.failure.message);
  const { uid, name } = found.value.object.metadata;
  const recorder = new ApiEventRecorder({
    client,
    clock: systemClock,
    random: Math.random,
    component: 'sluice-controller',
    instance: 'controller-0',
  });
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace, name, uid };
  const event = { object, type: 'Warning', reason: 'HostTaken', message: 'held by shop2' } as const;
  recorder.record(event);
  await recorder.drain(10_000);
  recorder.record(event);
  recorder.record({ ...event, object: { ...object, kind: 'IngressClass', namespace: '', uid: null } });
  await recorder.drain(10_000);
  t.deepEqual(recorder.counts, { sent: 3, repeated: 1, suppressed: 0, failed: 0 });
  const { stdout } = await plane().kubectl(['describe', 'ingress', name, '-n', namespace]);
  t.regex(stdout, /Warning\s+HostTaken\s+\S+ \(x2 over \S+\)\s+sluice-controller\s+held by shop2/);
  return undefined;
});
