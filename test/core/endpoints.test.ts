import test from 'ava';
import {
  type EndpointOptions,
  memberIdentities,
  serviceEndpoints,
  servicePort,
} from '../../src/core/endpoints.ts';
import { indexSnapshot } from '../../src/core/object-index.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import type { Service } from '../../src/core/objects/service.ts';
import {
  namespace,
  pod,
  podRef,
  service,
  slice,
  sliceEndpoint,
  tcpPort,
} from '../helpers/kubernetes-objects.ts';

const STANDALONE: EndpointOptions = { allowLoopback: true, requirePodTargetRef: false };
const CLUSTER: EndpointOptions = { allowLoopback: false, requirePodTargetRef: true };

type Case = {
  readonly service?: Service;
  readonly objects: Partial<Pick<ObjectSnapshot, 'pods' | 'endpointSlices' | 'namespaces'>>;
  readonly options?: EndpointOptions;
};

/** `address:port pod state`, where the state is r(eady), s(erving), t(erminating). */
const summary = ({ service: one = service('cart'), objects, options = STANDALONE }: Case) => {
  const { endpointSlices = [], pods = [], namespaces = [] } = objects;
  // Names tell objects apart; the last slice keeps its own, which stands in reports.
  const named = endpointSlices.map(({ metadata, ...rest }, at) => {
    const more = endpointSlices.length - 1 - at;
    return { ...rest, metadata: { ...metadata, name: `${metadata.name}${more > 0 ? `-${more}` : ''}` } };
  });
  const index = indexSnapshot({ services: [one], pods, endpointSlices: named, namespaces });
  const port = servicePort(one, 80);
  if (port === undefined) return null;
  const { candidates, reports } = serviceEndpoints(index, { service: one, port }, options);
  return {
    endpoints: candidates.map(({ address, port, pod, ready, serving, terminating }) => {
      const state = `${ready ? 'r' : ''}${serving ? 's' : ''}${terminating ? 't' : ''}`;
      return `${address}:${port} ${pod} ${state}`;
    }),
    reports: reports.map(
      ({ reason, object, message }) => `${reason} ${object.kind} ${object.name}: ${message}`,
    ),
  };
};

const endpoints = test.macro({
  exec(t, subject: Case, expected: readonly string[], reports: readonly string[] = []) {
    t.deepEqual(summary(subject), { endpoints: [...expected], reports: [...reports] });
  },
  title: (title = '') => title,
});

const labels = { app: 'cart' };
const cartPod = (name: string, ip: string, parts: Parameters<typeof pod>[1] = {}) =>
  pod(name, { ips: [ip], ...parts, metadata: { labels, ...parts.metadata } });

test(
  'without slices the selected Pods are the endpoints',
  endpoints,
  {
    objects: {
      pods: [cartPod('a', '10.0.0.2'), cartPod('b', '10.0.0.1', { ready: false, serving: false }), pod('c')],
    },
  },
  ['10.0.0.1:80 b ', '10.0.0.2:80 a rs'],
);

test(
  'a Pod that is being deleted is terminating',
  endpoints,
  { objects: { pods: [cartPod('a', '10.0.0.1', { ready: false, metadata: { deleting: true } })] } },
  ['10.0.0.1:80 a st'],
);

test(
  'finished Pods and Pods without address are no endpoints',
  endpoints,
  { objects: { pods: [cartPod('a', '10.0.0.1', { finished: true }), cartPod('b', '', { ips: [] })] } },
  [],
);

const named = service('cart', { ports: [tcpPort(80, { name: 'http', targetPort: 'web' })] });
const web = (port: number, protocol = 'TCP') => ({ containerPorts: [{ name: 'web', port, protocol }] });

test(
  'a named target port is resolved by each Pod, by name and protocol',
  endpoints,
  {
    service: named,
    objects: {
      pods: [
        cartPod('a', '10.0.0.1', web(8080)),
        cartPod('b', '10.0.0.2', web(9090)),
        cartPod('c', '10.0.0.3', web(53, 'UDP')),
        cartPod('d', '10.0.0.4'),
      ],
    },
  },
  ['10.0.0.1:8080 a rs', '10.0.0.2:9090 b rs'],
);

test(
  'a slice port belongs to the Service port of its name and protocol',
  endpoints,
  {
    service: named,
    objects: {
      endpointSlices: [
        slice('cart', [sliceEndpoint('10.0.0.1')], {
          ports: [
            { name: 'http', port: 8080, protocol: 'TCP' },
            { name: 'http', port: 8443, protocol: 'UDP' },
            { name: '', port: 9090, protocol: 'TCP' },
          ],
        }),
        slice('cart', [sliceEndpoint('10.0.0.2')]),
        slice('order', [sliceEndpoint('10.0.0.3')], {
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        }),
      ],
    },
  },
  ['10.0.0.1:8080 null rs'],
);

test(
  'Pods and slices are joined; what a slice says of a Pod beats its status',
  endpoints,
  {
    objects: {
      pods: [cartPod('a', '10.0.0.1'), cartPod('b', '10.0.0.2')],
      endpointSlices: [
        slice('cart', [
          sliceEndpoint('10.0.0.1', { ready: false, serving: false, targetRef: podRef('a', 'u1') }),
        ]),
      ],
    },
  },
  ['10.0.0.1:80 a ', '10.0.0.2:80 b rs'],
);

test(
  'an endpoint repeated across slices counts once, in its best state',
  endpoints,
  {
    objects: {
      endpointSlices: [
        slice('cart', [
          sliceEndpoint('10.0.0.1', { ready: false, targetRef: podRef('a', 'u1') }),
          sliceEndpoint('10.0.0.9'),
        ]),
        slice('cart', [
          sliceEndpoint('10.0.0.1', { targetRef: podRef('a', 'u1') }),
          sliceEndpoint('10.0.0.9'),
        ]),
        slice('cart', [sliceEndpoint('10.0.0.7', { targetRef: podRef('a', 'u1') })]),
      ],
    },
  },
  ['10.0.0.1:80 a rs', '10.0.0.9:80 null rs'],
);

const bothFamilies = [
  slice('cart', [sliceEndpoint('fd00::1', { targetRef: podRef('a', 'u1') }), sliceEndpoint('FD00::0:9')], {
    addressType: 'IPv6' as const,
  }),
  slice('cart', [
    sliceEndpoint('10.0.0.1', { ready: false, targetRef: podRef('a', 'u1') }),
    sliceEndpoint('10.0.0.9'),
  ]),
];

test(
  'of two families an endpoint counts once, as IPv4 by default',
  endpoints,
  { objects: { endpointSlices: bothFamilies } },
  ['10.0.0.1:80 a s', '10.0.0.9:80 null rs'],
);

test(
  'of two families an endpoint counts once, in the first family of the Service',
  endpoints,
  { service: service('cart', { ipFamilies: ['IPv6', 'IPv4'] }), objects: { endpointSlices: bothFamilies } },
  ['fd00::1:80 a rs', 'fd00::9:80 null rs'],
);

test(
  'an endpoint that is there in the other family alone counts',
  endpoints,
  {
    service: service('cart', { ipFamilies: ['IPv6'] }),
    objects: { pods: [cartPod('a', '10.0.0.1'), cartPod('b', '10.0.0.2', { ips: ['10.0.0.2', 'fd00::2'] })] },
  },
  ['10.0.0.1:80 a rs', 'fd00::2:80 b rs'],
);

test(
  'only the first address of an endpoint means anything',
  endpoints,
  {
    objects: {
      endpointSlices: [
        slice('cart', [
          sliceEndpoint('10.0.0.1', { addresses: ['10.0.0.1', '10.0.0.2'] }),
          sliceEndpoint('', { addresses: [] }),
        ]),
      ],
    },
  },
  ['10.0.0.1:80 null rs'],
);

const inSlice = (...addresses: readonly string[]) => [
  slice(
    'cart',
    addresses.map((address, i) => sliceEndpoint(address, { targetRef: podRef(`p${i}`, `u${i}`) })),
  ),
];

// S4 (CVE-2021-25740): an EndpointSlice must not lead the router to what its author cannot reach.
test(
  'S4: loopback is refused in a cluster, and told once for each slice',
  endpoints,
  { objects: { endpointSlices: inSlice('127.0.0.1', '127.0.0.2', '10.0.0.1') }, options: CLUSTER },
  ['10.0.0.1:80 p2 rs'],
  [
    'EndpointRefused EndpointSlice cart-slice: no request is led to 127.0.0.1 and 1 more: address is loopback.',
  ],
);

test(
  'S4: loopback is taken in standalone',
  endpoints,
  { objects: { endpointSlices: inSlice('127.0.0.1'), pods: [cartPod('x', '127.0.0.1', web(1))] } },
  ['127.0.0.1:80 x rs', '127.0.0.1:80 p0 rs'],
);

test(
  'S4: metadata services, unspecified and multicast addresses are refused everywhere',
  endpoints,
  { objects: { endpointSlices: inSlice('169.254.169.254', '0.0.0.0', '224.0.0.1', 'example.com') } },
  [],
  [
    'EndpointRefused EndpointSlice cart-slice: no request is led to 169.254.169.254: address is link-local.',
    'EndpointRefused EndpointSlice cart-slice: no request is led to 0.0.0.0: address is unspecified.',
    'EndpointRefused EndpointSlice cart-slice: no request is led to 224.0.0.1: address is multicast.',
    'EndpointRefused EndpointSlice cart-slice: no request is led to example.com: address is not an IP address.',
  ],
);

test(
  'S4: a Pod with such an address is refused too',
  endpoints,
  { objects: { pods: [cartPod('a', '169.254.169.254')] } },
  [],
  ['EndpointRefused Pod a: no request is led to 169.254.169.254: address is link-local.'],
);

const NO_REF =
  'has no targetRef to a Pod of this namespace; annotate the Namespace with sluice.dev/allow-endpoints: "true" if that is meant';
const strangers = [
  slice('cart', [
    sliceEndpoint('10.96.0.1'),
    sliceEndpoint('10.0.0.2', { targetRef: podRef('x', 'u1', 'other') }),
    sliceEndpoint('10.0.0.3', { targetRef: { kind: 'Node', namespace: 'shop', name: 'n', uid: 'u2' } }),
  ]),
];

test(
  'S4: in a cluster an endpoint without a Pod of the same namespace is refused',
  endpoints,
  { objects: { endpointSlices: strangers }, options: CLUSTER },
  [],
  [`EndpointRefused EndpointSlice cart-slice: no request is led to 10.96.0.1 and 2 more: ${NO_REF}.`],
);

test(
  'S4: a Namespace may allow such endpoints, but no loopback',
  endpoints,
  {
    objects: {
      endpointSlices: [...strangers, ...inSlice('127.0.0.1')],
      namespaces: [namespace('shop', { 'sluice.dev/allow-endpoints': 'true' })],
    },
    options: CLUSTER,
  },
  ['10.0.0.2:80 x rs', '10.0.0.3:80 null rs', '10.96.0.1:80 null rs'],
  ['EndpointRefused EndpointSlice cart-slice: no request is led to 127.0.0.1: address is loopback.'],
);

test('S4: another namespace allowance, or another value, allows nothing', t => {
  for (const one of [
    namespace('other', { 'sluice.dev/allow-endpoints': 'true' }),
    namespace('shop', { 'sluice.dev/allow-endpoints': 'yes' }),
  ]) {
    t.deepEqual(
      summary({ objects: { endpointSlices: strangers, namespaces: [one] }, options: CLUSTER })?.endpoints,
      [],
    );
  }
});

test('a Service port is found by number or name, and only TCP', t => {
  const one = service('cart', {
    ports: [
      tcpPort(53, { name: 'dns', protocol: 'UDP' }),
      tcpPort(53, { name: 'dns-tcp' }),
      tcpPort(80, { name: 'http' }),
    ],
  });
  t.is(servicePort(one, 53)?.name, 'dns-tcp');
  t.is(servicePort(one, 'http')?.port, 80);
  t.is(servicePort(one, 'dns'), undefined);
  t.is(servicePort(one, 81), undefined);
  t.is(servicePort(service('x'), ''), undefined);
});

test('the members of a Service are its Pods ready or not, and each address with each port', t => {
  const edge = service('edge', {
    ports: [tcpPort(80, { name: 'http', targetPort: 'web' }), tcpPort(81, { name: 'x' })],
  });
  const index = indexSnapshot({
    services: [edge],
    pods: [
      pod('a', {
        ready: false,
        serving: false,
        ips: ['10.0.0.1'],
        ...web(8080),
        metadata: { labels: { app: 'edge' } },
      }),
    ],
    endpointSlices: [
      slice('edge', [
        sliceEndpoint('10.0.0.2', { ready: false, targetRef: podRef('b', 'u2') }),
        sliceEndpoint('10.0.0.3', { targetRef: podRef('a', 'stale') }),
        sliceEndpoint('10.0.0.4'),
      ]),
    ],
    namespaces: [],
  });
  t.deepEqual([...memberIdentities(index, edge)].sort(), [
    'address 10.0.0.1 8080',
    'address 10.0.0.1 81',
    'address 10.0.0.2 80',
    'address 10.0.0.3 80',
    'address 10.0.0.4 80',
    'pod shop/a',
    'uid u2',
  ]);
});
