import test from 'ava';
import fc from 'fast-check';
import { selects } from '../../src/core/label-selector.ts';
import { indexSnapshot } from '../../src/core/object-index.ts';
import { namespace, pod, service, slice } from '../helpers/kubernetes-objects.ts';

const snapshot = (parts: Partial<Parameters<typeof indexSnapshot>[0]>) =>
  indexSnapshot({ services: [], pods: [], endpointSlices: [], namespaces: [], ...parts });

test('objects are found by namespace and name, slices by their Service', t => {
  const index = snapshot({
    services: [service('cart')],
    pods: [pod('cart-1')],
    endpointSlices: [slice('cart', []), slice('cart', [], { service: null, metadata: { name: 'nobodys' } })],
    namespaces: [namespace('shop')],
  });
  t.true(index.services.has('shop/cart'));
  t.true(index.pods.has('shop/cart-1'));
  t.is(index.slicesOf('shop/cart').length, 1);
  t.true(index.namespaces.has('shop'));
});

test('a Service selects just the unfinished Pods of its namespace that hold all of its labels', t => {
  const labels = fc.dictionary(fc.constantFrom('app', 'track', '__proto__'), fc.constantFrom('x', 'y'));
  const pods = fc.array(
    fc.record({ labels, finished: fc.boolean(), namespace: fc.constantFrom('shop', 'other') }),
  );
  fc.assert(
    fc.property(pods, fc.option(labels), (list, selector) => {
      const made = list.map((one, i) =>
        pod(`p${i}`, { finished: one.finished, metadata: { labels: one.labels, namespace: one.namespace } }),
      );
      const wanted = made.filter(
        one =>
          selector !== null &&
          Object.keys(selector).length > 0 &&
          one.metadata.namespace === 'shop' &&
          !one.finished &&
          selects(selector, one.metadata.labels),
      );
      const selected = snapshot({ pods: made }).selectedPods(service('cart', { selector }));
      return JSON.stringify(selected) === JSON.stringify(wanted);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('a label that every Pod has costs no scan of all Pods for each Service', t => {
  const pods = Array.from({ length: 2_000 }, (_, i) => {
    let reads = 0;
    const labels = { part: 'shop', app: `app${i}` };
    return {
      reads: () => reads,
      pod: new Proxy(pod(`p${i}`, { metadata: { labels } }), {
        get(target, key, receiver) {
          if (key === 'finished') reads += 1;
          return Reflect.get(target, key, receiver);
        },
      }),
    };
  });
  const index = snapshot({ pods: pods.map(one => one.pod) });
  for (let i = 0; i < 2_000; i += 1) {
    index.selectedPods(service(`s${i}`, { selector: { part: 'shop', app: `app${i}` } }));
  }
  t.is(
    pods.reduce((sum, one) => sum + one.reads(), 0),
    2_000,
  );
});
