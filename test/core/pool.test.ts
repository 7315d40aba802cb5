import test from 'ava';
import fc from 'fast-check';
import { planEdgeServices } from '../../src/core/edge-plan.ts';
import { withEdgeServices } from '../../src/core/edge-service.ts';
import type { EndpointOptions } from '../../src/core/endpoints.ts';
import { indexSnapshot } from '../../src/core/object-index.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import { poolOf, poolRequest } from '../../src/core/pool.ts';
import {
  metadata,
  pod,
  podRef,
  service,
  slice,
  sliceEndpoint,
  tcpPort,
} from '../helpers/kubernetes-objects.ts';

const OPTIONS: EndpointOptions = { allowLoopback: false, requirePodTargetRef: false };

type Objects = Partial<Pick<ObjectSnapshot, 'services' | 'pods' | 'endpointSlices'>>;

type Asked = Pick<Parameters<typeof poolOf>[1], 'edges'> & { readonly request: Parameters<typeof poolOf>[0] };

const stable = (edges: readonly string[] = [], name = 'cart', port: number | string = 80): Asked => ({
  request: poolRequest({ namespace: 'shop', service: name, port, role: 'stable' }),
  edges,
});
const edge = (name = 'cart-edge'): Asked => ({
  request: poolRequest({ namespace: 'shop', service: name, port: 80, role: 'edge' }),
  edges: [],
});

const summary = (objects: Objects, { request, edges }: Asked) => {
  const index = indexSnapshot({ services: [], pods: [], endpointSlices: [], namespaces: [], ...objects });
  const { pool, reports } = poolOf(request, { index, edges, options: OPTIONS });
  return {
    pool: `${pool.state} ${pool.endpoints.map(({ address, port }) => `${address}:${port}`).join(' ')}`.trim(),
    reports: reports.map(({ reason, object }) => `${reason} ${object.kind} ${object.name}`),
  };
};

const pools = test.macro({
  exec(t, objects: Objects, request: Asked, expected: string, reports: readonly string[] = []) {
    t.deepEqual(summary(objects, request), { pool: expected, reports: [...reports] });
  },
  title: (title = '') => title,
});

const cart = service('cart');
const cartEdge = service('cart-edge', { selector: { app: 'cart', track: 'edge' } });
const services = [cart, cartEdge];
const cartPod = (name: string, ip: string, parts: Parameters<typeof pod>[1] = {}) =>
  pod(name, { ips: [ip], ...parts, metadata: { labels: { app: 'cart' }, ...parts.metadata } });
const edgePod = (name: string, ip: string, parts: Parameters<typeof pod>[1] = {}) =>
  cartPod(name, ip, { ...parts, metadata: { labels: { app: 'cart', track: 'edge' }, ...parts.metadata } });
const NOT_READY = { ready: false, serving: false };
const TERMINATING = { ready: false, metadata: { deleting: true } };

test(
  'a pool holds the ready endpoints alone',
  pools,
  {
    services,
    pods: [cartPod('a', '10.0.0.2'), cartPod('b', '10.0.0.1'), cartPod('c', '10.0.0.3', NOT_READY)],
  },
  stable(),
  'ready 10.0.0.1:80 10.0.0.2:80',
);

test(
  'where none is ready, those that still serve while terminating are the pool',
  pools,
  { services, pods: [cartPod('a', '10.0.0.1', TERMINATING), cartPod('b', '10.0.0.2', NOT_READY)] },
  stable(),
  'terminating 10.0.0.1:80',
);

test(
  'endpoints that serve but are neither ready nor terminating are no pool',
  pools,
  { services, pods: [cartPod('a', '10.0.0.1', { ready: false })] },
  stable(),
  'empty',
);

const MATCHES_EDGE = ['StableSelectorMatchesEdge Service cart'];

test(
  'edge pods that the stable selector matches are not in the stable pool',
  pools,
  { services, pods: [cartPod('a', '10.0.0.1'), edgePod('b', '10.0.0.2')] },
  stable(['cart-edge']),
  'ready 10.0.0.1:80',
  MATCHES_EDGE,
);

test(
  'edge pods stay out of the stable pool even where nobody else is there',
  pools,
  { services, pods: [edgePod('b', '10.0.0.2'), edgePod('c', '10.0.0.3', TERMINATING)] },
  stable(['cart-edge']),
  'empty',
  MATCHES_EDGE,
);

test(
  'without a valid mapping nothing is left out',
  pools,
  { services, pods: [cartPod('a', '10.0.0.1'), edgePod('b', '10.0.0.2')] },
  stable(),
  'ready 10.0.0.1:80 10.0.0.2:80',
);

test(
  'an edge pod that the edge slice calls not ready stays out of the stable pool',
  pools,
  {
    services,
    endpointSlices: [
      slice('cart', [
        sliceEndpoint('10.0.0.1', { targetRef: podRef('a', 'u1') }),
        sliceEndpoint('10.0.0.2', { targetRef: podRef('b', 'u2') }),
      ]),
      slice('cart-edge', [
        sliceEndpoint('10.0.0.2', { ready: false, serving: false, targetRef: podRef('b', 'u2') }),
      ]),
    ],
  },
  stable(['cart-edge']),
  'ready 10.0.0.1:80',
  MATCHES_EDGE,
);

test(
  'an edge pod is told by its uid over all ports of its edge Service',
  pools,
  {
    services,
    endpointSlices: [
      slice('cart', [sliceEndpoint('10.0.0.2', { targetRef: podRef('b', 'u2') })]),
      slice('cart-edge', [sliceEndpoint('fd00::2', { targetRef: podRef('b', 'u2') })], {
        addressType: 'IPv6',
        ports: [{ name: 'other', port: 9090, protocol: 'TCP' }],
      }),
    ],
  },
  stable(['cart-edge']),
  'empty',
  MATCHES_EDGE,
);

test(
  'an edge endpoint without targetRef is told by address and port, whatever the other slice calls it',
  pools,
  {
    services,
    endpointSlices: [
      slice('cart', [
        sliceEndpoint('10.0.0.2', { targetRef: podRef('b', 'u2') }),
        sliceEndpoint('10.0.0.3', { targetRef: podRef('c', 'u3') }),
      ]),
      slice('cart-edge', [sliceEndpoint('10.0.0.2')]),
    ],
  },
  stable(['cart-edge']),
  'ready 10.0.0.3:80',
  MATCHES_EDGE,
);

test(
  'a Pod known from its object and from a slice is one and the same',
  pools,
  {
    services,
    pods: [edgePod('b', '10.0.0.2', { metadata: { uid: 'u2', labels: { app: 'x' } } })],
    endpointSlices: [
      slice('cart', [sliceEndpoint('10.0.0.2', { targetRef: podRef('b') })]),
      slice('cart-edge', [sliceEndpoint('10.1.0.2', { targetRef: podRef('b', 'u2') })]),
    ],
  },
  stable(['cart-edge']),
  'empty',
  MATCHES_EDGE,
);

test(
  'what is in any of several edge Services is not stable',
  pools,
  {
    services: [...services, service('cart-beta', { selector: { app: 'cart', track: 'beta' } })],
    pods: [
      cartPod('a', '10.0.0.1'),
      edgePod('b', '10.0.0.2'),
      cartPod('c', '10.0.0.3', { metadata: { labels: { app: 'cart', track: 'beta' } } }),
    ],
  },
  stable(['cart-beta', 'cart-edge', 'cart-gone']),
  'ready 10.0.0.1:80',
  [...MATCHES_EDGE, ...MATCHES_EDGE],
);

test(
  'an edge pool holds the ready endpoints',
  pools,
  {
    services,
    pods: [cartPod('a', '10.0.0.1'), edgePod('b', '10.0.0.2'), edgePod('c', '10.0.0.3', TERMINATING)],
  },
  edge(),
  'ready 10.0.0.2:80',
);

test(
  'an edge pool without ready endpoints is empty, even if some still serve',
  pools,
  { services, pods: [edgePod('c', '10.0.0.3', TERMINATING)] },
  edge(),
  'empty',
);

test(
  'an edge Service that is not there yet is an empty pool and no fault',
  pools,
  { services: [cart] },
  edge(),
  'empty',
);

test('a Service that is not there is reported', pools, { services: [] }, stable(), 'empty', [
  'ServiceMissing Service cart',
]);

test(
  'a port that the Service lacks is reported',
  pools,
  { services, pods: [cartPod('a', '10.0.0.1')] },
  stable([], 'cart', 81),
  'empty',
  ['ServicePortMissing Service cart'],
);

test(
  'an ExternalName Service is reported',
  pools,
  { services: [service('cart', { type: 'ExternalName', selector: null })] },
  stable(),
  'empty',
  ['ServiceExternalName Service cart'],
);

test(
  'endpoints of one address and port are one',
  pools,
  { services, pods: [cartPod('a', '10.0.0.1'), cartPod('b', '10.0.0.1')] },
  stable(),
  'ready 10.0.0.1:80',
);

test('a missing port is told which ports there are', t => {
  const one = service('cart', {
    ports: [tcpPort(80, { name: 'http' }), tcpPort(53, { name: 'dns', protocol: 'UDP' })],
  });
  const index = indexSnapshot({ services: [one], pods: [], endpointSlices: [], namespaces: [] });
  const { request } = stable([], 'cart', 'web');
  const [report] = poolOf(request, { index, edges: [], options: OPTIONS }).reports;
  t.is(
    report?.message,
    'has no TCP port web, so requests to it get 503; its ports are: 80 (http), 53/UDP (dns). Name one of them, by number or name.',
  );
});

test('the pool of a Service as an edge has an id of its own', t => {
  t.is(stable().request.id, 'shop/cart:80');
  t.is(edge('cart').request.id, 'shop/cart:80#edge');
});

const anyLabels = fc.dictionary(
  fc.constantFrom('app', 'track', 'tier'),
  fc.constantFrom('a', 'edge', 'beta'),
  {
    minKeys: 1,
  },
);
const anyPod = fc.record({
  labels: anyLabels,
  ready: fc.boolean(),
  deleting: fc.boolean(),
  uid: fc.boolean(),
  /** In slices: of the stable Service, of the edge Service, with a targetRef or without. */
  sliced: fc.record({
    stable: fc.boolean(),
    edge: fc.boolean(),
    stableRef: fc.boolean(),
    edgeRef: fc.boolean(),
  }),
});

test('the stable pool and the edge pools of a Service never share an endpoint, and no edge pod is ever stable', t => {
  fc.assert(
    fc.property(anyLabels, fc.array(anyPod, { maxLength: 8 }), fc.boolean(), (selector, list, withSlices) => {
      const tracks = ['edge', 'beta'].map(track => ({ track, edge: `a-${track}` }));
      const asker = { kind: 'Ingress' as const, metadata: metadata('web') };
      const own = [service('a', { selector })];
      const plan = planEdgeServices({
        services: own,
        mappings: tracks.map(one => ({ asker, stable: 'a', ...one })),
      });
      const pods = list.map((one, i) => {
        const uid = one.uid ? `u${i}` : null;
        const parts = { labels: one.labels, deleting: one.deleting, uid };
        return pod(`p${i}`, {
          ips: [`10.0.0.${i}`],
          ready: one.ready && !one.deleting,
          serving: one.ready,
          metadata: parts,
        });
      });
      const sliceOf = (name: string, of: 'stable' | 'edge') =>
        slice(
          name,
          list.flatMap((one, i) =>
            one.sliced[of]
              ? [
                  sliceEndpoint(`10.0.0.${i}`, {
                    ready: one.ready,
                    targetRef: one.sliced[`${of}Ref`] ? podRef(`p${i}`, one.uid ? `u${i}` : null) : null,
                  }),
                ]
              : [],
          ),
        );
      const index = indexSnapshot({
        services: withEdgeServices(own, plan.services),
        pods,
        endpointSlices: withSlices ? [sliceOf('a', 'stable'), sliceOf('a-edge', 'edge')] : [],
        namespaces: [],
      });
      const edges = (plan.edges.get('shop/a') ?? []).map(one => one.edge);
      const addresses = ({ request, edges }: Asked) =>
        poolOf(request, { index, edges, options: OPTIONS }).pool.endpoints.map(one => one.address);
      const stableAddresses = addresses(stable(edges, 'a'));
      const edgeAddresses = edges.flatMap(name => addresses(edge(name)));
      const selectedByEdge = pods
        .filter(one =>
          plan.services.some(spec =>
            Object.entries(spec.selector).every(([key, value]) => one.metadata.labels[key] === value),
          ),
        )
        .flatMap(one => one.ips);
      return stableAddresses.every(
        address => !edgeAddresses.includes(address) && !selectedByEdge.includes(address),
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
