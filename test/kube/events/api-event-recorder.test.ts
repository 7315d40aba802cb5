import test from 'ava';
import { isRecord } from '../../../src/core/canonical-json.ts';
import type { ApiFailure } from '../../../src/kube/api-outcome.ts';
import { ApiEventRecorder } from '../../../src/kube/events/api-event-recorder.ts';
import type { ClusterEvent } from '../../../src/kube/events/event-recorder.ts';
import { ManualClock } from '../../helpers/kube/manual-clock.ts';
import { type Passage, slowClient } from '../../helpers/kube/simulated-leases.ts';
import { SimulatedObjects } from '../../helpers/kube/simulated-objects.ts';

const event = (parts: Partial<ClusterEvent> = {}): ClusterEvent => ({
  object: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'shop', name: 'web', uid: 'u1' },
  type: 'Warning',
  reason: 'HostTaken',
  message: '"taobao.com" belongs to namespace shop2',
  ...parts,
});

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

const SWIFT: Passage = { requestMs: 0, answerMs: 0, lost: 'neither' };

/** A recorder whose API server the test can see into, hold up and break. */
const world = () => {
  const clock = new ManualClock();
  const objects = new SimulatedObjects();
  const troubles: ApiFailure[] = [];
  const net = { passage: SWIFT, requests: 0 };
  const client = slowClient(objects, clock, () => {
    net.requests += 1;
    return net.passage;
  });
  let lot = 0;
  const recorder = new ApiEventRecorder({
    client,
    clock,
    random: () => {
      lot += 1;
      return (lot % 1000) / 1000;
    },
    component: 'sluice-controller',
    instance: 'controller-0',
    onTrouble: failure => troubles.push(failure),
  });
  /** Lets all that is under way come to its end. */
  const run = async (ms = 100): Promise<void> => {
    for (let step = 0; step < 100; step += 1) {
      await settle();
      clock.advance(ms / 100);
    }
    await settle();
  };
  const stored = (namespace = 'shop'): readonly Readonly<Record<string, unknown>>[] =>
    objects.list('events', namespace).filter(isRecord);
  return { clock, objects, recorder, net, run, stored, troubles };
};

test('an Event names its object, its teller and when', async t => {
  const { recorder, run, stored, clock } = world();
  recorder.record(event());
  await run();
  t.is(stored().length, 1);
  t.like(stored()[0], {
    kind: 'Event',
    type: 'Warning',
    reason: 'HostTaken',
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    source: { component: 'sluice-controller' },
    reportingInstance: 'controller-0',
    involvedObject: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
    },
  });
  clock.advance(60_000);
  recorder.record(event());
  await run();
  t.is(stored().length, 1);
  t.like(stored()[0], {
    count: 2,
    firstTimestamp: '2026-01-01T00:00:00Z',
    lastTimestamp: '2026-01-01T00:01:00Z',
  });
  t.deepEqual(recorder.counts, { sent: 2, repeated: 1, suppressed: 0, failed: 0 });
});

test('Events about objects of cluster scope go to the namespace default', async t => {
  const { recorder, run, stored } = world();
  const object = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    namespace: '',
    name: 'sluice',
    uid: null,
  };
  recorder.record(event({ object }));
  await run();
  const [only] = stored('default');
  t.deepEqual(only?.involvedObject, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    name: 'sluice',
  });
});

test('what is told again while it waits is written once', async t => {
  const { recorder, run, stored, net } = world();
  for (let index = 0; index < 20; index += 1) recorder.record(event());
  await run();
  t.like(stored()[0], { count: 20 });
  // The first was under way when the others came.
  t.is(net.requests, 2);
});

test('an Event that has expired is told anew', async t => {
  const { recorder, run, stored, objects } = world();
  recorder.record(event());
  await run();
  for (const { metadata } of objects.list('events', 'shop')) {
    objects.delete({ collection: 'events', namespace: 'shop', name: metadata.name }, {});
  }
  recorder.record(event());
  await run();
  t.like(stored()[0], { count: 2 });
});

test('nobody waits while the API server is away, and little is kept for it', async t => {
  const { recorder, run, net, troubles, stored, clock } = world();
  net.passage = { ...SWIFT, lost: 'request' };
  for (let index = 0; index < 1_500; index += 1) {
    recorder.record(event({ object: { ...event().object, name: `web-${index}` } }));
  }
  await run();
  // One is under way, a thousand wait.
  t.is(recorder.counts.suppressed, 499);
  const drained = recorder.drain(5_000);
  clock.advance(5_000);
  await drained;
  t.deepEqual([stored().length, troubles.length], [0, 0]);
});

const failure = (kind: ApiFailure['kind']): ApiFailure => ({
  kind,
  status: null,
  reason: '',
  message: kind,
  retryAfterMs: null,
  problems: [],
});

/** A recorder whose creations end as the list says, and then well. */
const scripted = (...kinds: readonly ApiFailure['kind'][]) => {
  const clock = new ManualClock();
  const names: string[] = [];
  const script = [...kinds];
  const recorder = new ApiEventRecorder({
    client: {
      create: async (_kind, _namespace, { metadata }) => {
        names.push(metadata.name);
        return { ok: false, failure: failure(script.shift() ?? 'alreadyExists') };
      },
      patch: async () => ({ ok: false, failure: failure('notFound') }),
    },
    clock,
    random: () => 0.5,
    component: 'sluice-controller',
    instance: 'controller-0',
  });
  const run = async (): Promise<void> => {
    for (let step = 0; step < 200; step += 1) {
      await settle();
      clock.advance(1_000);
    }
  };
  return { recorder, names, run };
};

test('a failure that may pass is tried again under the same name, so that no Event is there twice', async t => {
  const { recorder, names, run } = scripted('unreachable', 'unavailable', 'throttled');
  recorder.record(event());
  await run();
  t.is(names.length, 4);
  t.is(new Set(names).size, 1);
  t.like(recorder.counts, { sent: 1, failed: 0 });
});

for (const [kinds, tries] of [
  [['forbidden'], 1],
  [['notFound'], 1],
  [['unreachable', 'unreachable', 'unreachable', 'unreachable', 'unreachable'], 5],
] as const) {
  test(`after ${kinds.length} times ${kinds[0]} an Event is given up and counted`, async t => {
    const { recorder, names, run } = scripted(...kinds);
    recorder.record(event());
    await run();
    t.is(names.length, tries);
    t.like(recorder.counts, { sent: 0, failed: 1 });
  });
}
