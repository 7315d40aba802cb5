import test from 'ava';
import { indexSnapshot } from '../../src/core/object-index.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import { edgeReadiness } from '../../src/standalone/edge-readiness.ts';
import { pod, podRef, service, slice, sliceEndpoint, tcpPort } from '../helpers/kubernetes-objects.ts';
import { application, snapshot, together } from '../helpers/stored-world.ts';

const EDGE = { namespace: 'shop', stable: 'cart', track: 'edge', edge: 'cart-edge' };

const counts = test.macro({
  exec(t, world: ObjectSnapshot, ready: number | null) {
    t.is(edgeReadiness(indexSnapshot(world))(EDGE), ready);
  },
  title: (name = '', _, ready) => `${name}: ${ready === null ? 'nobody knows' : `${ready} ready`}`,
});

const CART = application('cart', { stable: '10.0.0.1', edge: '10.0.0.2' });

test('the pods that the edge Service to be made would select', counts, snapshot(CART), 1);
test(
  'an edge pod that is not ready',
  counts,
  together(snapshot({ services: CART.services }), {
    pods: [pod('e', { ready: false, metadata: { labels: { app: 'cart', track: 'edge' } } })],
  }),
  0,
);
test('no edge pod', counts, snapshot(application('cart', { stable: '10.0.0.1' })), 0);
test(
  'an edge pod of another namespace',
  counts,
  together(snapshot(application('cart', { stable: '10.0.0.1' })), {
    pods: [pod('e', { metadata: { namespace: 'other', labels: { app: 'cart', track: 'edge' } } })],
  }),
  0,
);
test('files without any pod or slice', counts, snapshot({ services: CART.services }), null);
test('files without the stable Service', counts, snapshot({ pods: CART.pods }), null);
test(
  'a stable Service without a selector',
  counts,
  together(snapshot({ pods: CART.pods }), { services: [service('cart', { selector: null })] }),
  null,
);
test(
  'an edge selector that cannot be read',
  counts,
  together(snapshot({ pods: CART.pods }), {
    services: [
      service('cart', { metadata: { annotations: { 'sluice.dev/edge-selector': 'not a selector!' } } }),
    ],
  }),
  null,
);
test(
  'an edge Service that is there goes before the one to be made',
  counts,
  together(snapshot(CART), {
    services: [service('cart-edge', { selector: { app: 'other' } })],
    pods: [
      pod('o1', { ips: ['10.0.1.1'], metadata: { labels: { app: 'other' } } }),
      pod('o2', { ips: ['10.0.1.2'], metadata: { labels: { app: 'other' } } }),
    ],
  }),
  2,
);
test(
  'slices of an edge Service without a selector, one pod on two ports counted once',
  counts,
  together(snapshot({ services: CART.services }), {
    services: [
      service('cart-edge', {
        selector: null,
        ports: [tcpPort(80, { name: 'a' }), tcpPort(81, { name: 'b' })],
      }),
    ],
    endpointSlices: [
      slice(
        'cart-edge',
        [
          sliceEndpoint('10.0.2.1', { targetRef: podRef('e', 'uid-1') }),
          sliceEndpoint('10.0.2.2', { ready: false }),
        ],
        {
          ports: [
            { name: 'a', port: 80, protocol: 'TCP' },
            { name: 'b', port: 81, protocol: 'TCP' },
          ],
        },
      ),
    ],
  }),
  1,
);
