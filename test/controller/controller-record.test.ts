import test from 'ava';
import { ControllerRecord } from '../../src/controller/controller-record.ts';
import type { Action } from '../../src/controller/decide/action.ts';
import { SimulatedCluster } from '../helpers/controller/simulated-cluster.ts';
import { writtenIngress, writtenService } from '../helpers/controller/written-objects.ts';

const ACTION: Action = {
  kind: 'readmit',
  namespace: 'shop',
  name: 'web',
  why: 'repair',
  uid: 'u',
  generation: 1,
  resourceVersion: '3',
};

const DECISION = {
  actions: [ACTION],
  notices: [],
  edgeServices: 2,
  claims: { recorded: 1, unrecorded: 0, fullestBytes: 9 },
  askedSecrets: [],
  certificateSecrets: [],
  wakeMs: Number.POSITIVE_INFINITY,
};

test('a write waits until it is done, and is counted by what became of it', t => {
  const record = new ControllerRecord();
  record.decided(DECISION);
  t.is(record.status(true).lastLook?.pending.readmit, 1);
  record.acted(ACTION, { kind: 'lookAgain' });
  t.is(record.status(true).lastLook?.pending.readmit, 1);
  record.acted(ACTION, { kind: 'done', changed: false });
  record.acted(ACTION, { kind: 'done', changed: true });
  t.is(record.status(true).lastLook?.pending.readmit, 0);
  t.deepEqual(record.status(true).writes.readmit, { done: 1, unchanged: 1, stale: 1, failed: 0 });
});

test('who leads no more says nothing about the cluster, and what was counted stays', t => {
  const record = new ControllerRecord();
  record.decided(DECISION);
  record.contested();
  t.like(record.status(false), { looks: 1, contested: 1, lastLook: null });
});

test('a controller tells what its last look came to', async t => {
  const cluster = new SimulatedCluster();
  const { controller } = cluster.controller();
  cluster.put('services', writtenService('cart'));
  cluster.put('services', writtenService('cart-edge', { spec: { selector: { app: 'cart', by: 'hand' } } }));
  cluster.put('ingresses', writtenIngress('web'));
  cluster.put('ingresses', writtenIngress('web', { namespace: 'other' }));
  await cluster.pass(3_000);
  const { lastLook, writes, looks } = controller.status;
  t.true(looks > 0);
  t.like(lastLook?.notices, { EdgeServiceUnmanaged: 1, HostTaken: 1 });
  t.like(lastLook?.claims, { recorded: 1, unrecorded: 0 });
  t.is(lastLook?.edgeServices, 0);
  t.is(writes.writeClaims.done, 1);
  t.deepEqual(Object.values(lastLook?.pending ?? {}), [0, 0, 0, 0, 0, 0]);
});
