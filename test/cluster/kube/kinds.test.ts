import test from 'ava';
import type { EndpointSlice } from '../../../src/core/objects/endpoint-slice.ts';
import type { Ingress } from '../../../src/core/objects/ingress.ts';
import type { IngressClass } from '../../../src/core/objects/ingress-class.ts';
import type { Namespace } from '../../../src/core/objects/namespace.ts';
import type { Service } from '../../../src/core/objects/service.ts';
import { systemClock } from '../../../src/kube/clock.ts';
import { ENDPOINT_SLICE, INGRESS, INGRESS_CLASS, NAMESPACE, SERVICE } from '../../../src/kube/kinds.ts';
import type { UnreadableObject } from '../../../src/kube/store/object-store.ts';
import { watchKinds } from '../../../src/kube/watch-kinds.ts';
import { eventually } from '../control-plane/eventually.ts';
import { planeForTests } from '../control-plane/plane-for-tests.ts';
import { newPod } from '../control-plane/pods.ts';
import { SEED } from '../seed-manifests.ts';
import { versionUnderTest } from '../versions.ts';
import { inNamespace, upstreamOf } from './upstream.ts';

const plane = planeForTests(test);

type Kinds = {
  Ingress: Ingress;
  IngressClass: IngressClass;
  Service: Service;
  EndpointSlice: EndpointSlice;
  Namespace: Namespace;
};

const KINDS = {
  Ingress: INGRESS,
  IngressClass: INGRESS_CLASS,
  Service: SERVICE,
  EndpointSlice: ENDPOINT_SLICE,
  Namespace: NAMESPACE,
};

const CLASS = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: sluice}
spec: {controller: sluice.dev/router}
---
apiVersion: v1
kind: Service
metadata: {name: cart-svc}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: 8080}]}
`;

test.serial(
  'every kind that a plan is made of is found, read and followed, in the versions that are served',
  async t => {
    const { upstream, namespace } = await upstreamOf(plane());
    const unreadable: UnreadableObject[] = [];
    const watched = watchKinds<Kinds>(KINDS, {
      connection: upstream,
      clock: systemClock,
      random: Math.random,
      onUnreadable: object => unreadable.push(object),
    });
    t.teardown(() => watched.stop());
    watched.start();
    const { stores } = watched;
    const apply = (input: string): Promise<unknown> =>
      plane().kubectl(['apply', '-n', namespace, '-f', '-'], { input });
    await apply(CLASS);
    const { v1, v1beta1 } = SEED.before;
    await apply(inNamespace(versionUnderTest() === 'oldest' ? v1beta1 : v1, namespace));
    await newPod(
      plane(),
      { namespace, name: 'a', labels: { app: 'cart' } },
      { ip: '198.18.0.1', ready: true },
    );
    const sliceOfCart = (): EndpointSlice | undefined =>
      [...stores.EndpointSlice.values()].find(
        ({ service, metadata }) => service === 'cart-svc' && metadata.namespace === namespace,
      );
    await eventually('the endpoint is known', () =>
      sliceOfCart()?.endpoints[0]?.ready === true ? true : null,
    );
    await eventually('all of them are', () =>
      watched.synced &&
      stores.Ingress.get({ namespace, name: 'taobao-ing' }) !== undefined &&
      stores.IngressClass.get({ namespace: '', name: 'sluice' }) !== undefined &&
      stores.Service.get({ namespace, name: 'cart-svc' }) !== undefined &&
      stores.Namespace.get({ namespace: '', name: namespace }) !== undefined
        ? true
        : null,
    );
    t.like(sliceOfCart()?.endpoints[0], {
      addresses: ['198.18.0.1'],
      targetRef: { kind: 'Pod', namespace, name: 'a' },
    });
    t.is(stores.Ingress.get({ namespace, name: 'taobao-ing' })?.dialect, 'v1');
    await plane().kubectl(['delete', 'ingress', 'taobao-ing', '-n', namespace]);
    await eventually('the Ingress is gone', () =>
      stores.Ingress.get({ namespace, name: 'taobao-ing' }) === undefined ? true : null,
    );
    t.deepEqual(unreadable, []);
    t.deepEqual(
      watched.statuses.map(({ failures, lastFailure }) => [failures, lastFailure]),
      watched.statuses.map(() => [0, null]),
    );
  },
);
