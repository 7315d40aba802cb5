import test from 'ava';
import { type ObjectKey, PendingChanges, wholeSnapshot } from '../../src/core/object-changes.ts';
import { namespace, pod, service, slice } from '../helpers/kubernetes-objects.ts';
import { snapshot, storedIngress } from '../helpers/stored-world.ts';

const key = (kind: ObjectKey['kind'], name: string): ObjectKey => ({ kind, namespace: 'shop', name });

test('of several changes to one object the last one counts', t => {
  const pending = new PendingChanges();
  const [first, last] = [service('cart'), service('cart', { ports: [] })];
  pending.set(first);
  pending.set(pod('cart'));
  pending.remove(key('Pod', 'cart'));
  pending.set(last);
  pending.remove(key('Service', 'order'));
  pending.set(service('order'));
  pending.claim('taobao.com', 'shop');
  pending.claim('taobao.com', null);
  t.deepEqual(pending.take(), {
    set: [last, service('order')],
    removed: [key('Pod', 'cart')],
    claims: new Map([['taobao.com', null]]),
  });
});

test('what was taken is taken', t => {
  const pending = new PendingChanges();
  t.true(pending.isEmpty);
  pending.claim('taobao.com', 'shop');
  t.false(pending.isEmpty);
  pending.take();
  t.true(pending.isEmpty);
  pending.remove(key('Pod', 'cart'));
  t.false(pending.isEmpty);
  pending.take();
  t.deepEqual(pending.take(), { set: [], removed: [], claims: new Map() });
});

test('a whole look is every object of every kind', t => {
  const whole = snapshot({
    ingresses: [storedIngress('web')],
    services: [service('cart')],
    pods: [pod('cart')],
    endpointSlices: [slice('cart', [])],
    namespaces: [namespace('shop')],
    ingressClasses: [
      { kind: 'IngressClass', metadata: namespace('sluice').metadata, controller: 'sluice.dev/router' },
    ],
    secrets: [{ kind: 'Secret', metadata: pod('users').metadata, type: 'Opaque', data: {} }],
  });
  const { set, removed, claims } = wholeSnapshot(whole, new Map([['taobao.com', 'shop']]));
  t.deepEqual(set.map(({ kind }) => kind).sort(), [
    'EndpointSlice',
    'Ingress',
    'IngressClass',
    'Namespace',
    'Pod',
    'Secret',
    'Service',
  ]);
  t.deepEqual([removed.length, [...claims]], [0, [['taobao.com', 'shop']]]);
});
