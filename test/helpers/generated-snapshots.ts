import fc from 'fast-check';
import { hostKey } from '../../src/core/host-key.ts';
import type { EndpointSlice } from '../../src/core/objects/endpoint-slice.ts';
import type { Ingress, IngressPath, IngressRule } from '../../src/core/objects/ingress.ts';
import type { ObjectSnapshot } from '../../src/core/objects/objects.ts';
import type { Pod } from '../../src/core/objects/pod.ts';
import type { Secret } from '../../src/core/objects/secret.ts';
import type { Service } from '../../src/core/objects/service.ts';
import { DEFAULT_ANNOTATION } from '../../src/core/service-config.ts';
import { namespace, pod, podRef, service, slice, sliceEndpoint } from './kubernetes-objects.ts';
import { backend, snapshot, storedIngress } from './stored-world.ts';
import { certificateFor, tlsSecret } from './tls-secrets.ts';

// A small vocabulary, so that Ingresses compete for hosts, paths and edges.
const NAMESPACES = ['shop', 'mall'];
const HOSTS = ['taobao.com', 'www.taobao.com', '*.taobao.com', ''];
const SERVICES = ['cart', 'order', 'www'];
const PATHS = ['/', '/cart', '/cart/', '/order', '/', '/cart', '/order', 'relative', '/a b', '/(a|b)'];

const ruleHost: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTS),
  fc.constantFrom(...HOSTS).map(host => hostKey(host)),
  fc.constantFrom(hostKey('taobao.com', 'foreign'), 'tao bao', 'TaoBao.com'),
);

const rulePath: fc.Arbitrary<IngressPath> = fc.record({
  path: fc.constantFrom(...PATHS),
  pathType: fc.constantFrom<IngressPath['pathType']>('Exact', 'Prefix', 'ImplementationSpecific'),
  backend: fc.constantFrom(...SERVICES).map(name => backend(name)),
});

const rules: fc.Arbitrary<readonly IngressRule[]> = fc.array(
  fc.record({ host: ruleHost, paths: fc.array(rulePath, { maxLength: 3 }) }),
  { maxLength: 3 },
);

const written = fc.record({
  hosts: fc.dictionary(fc.constantFrom(...HOSTS), fc.subarray(HOSTS), { noNullPrototype: false }),
  tickets: fc.constantFrom({ percent: 5 }, [{ header: { foo: 'bar' } }, { bad: 1 }]),
  serviceMap: fc.constantFrom(
    { cart: 'cart-edge' },
    { order: { beta: 'cart-edge', edge: 'order-edge' } },
    {},
  ),
});

const config = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constant('{') },
  {
    weight: 1,
    arbitrary: written.map(({ serviceMap }) => JSON.stringify({ x: 1, drainage: { serviceMap } })),
  },
  { weight: 6, arbitrary: written },
);

const annotations = fc.constantFrom<Readonly<Record<string, string>>>(
  ...Array.from({ length: 8 }, () => ({})),
  { 'nginx.ingress.kubernetes.io/canary': 'true' },
  { 'nginx.ingress.kubernetes.io/use-regex': 'true' },
  { 'nginx.ingress.kubernetes.io/ssl-redirect': 'false' },
  { 'nginx.ingress.kubernetes.io/force-ssl-redirect': 'true' },
  { 'nginx.ingress.kubernetes.io/auth-url': 'https://sso.example' },
  { 'sluice.dev/paused': 'maybe' },
);

const tls: fc.Arbitrary<Ingress['tls']> = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.array(
      fc.record({
        hosts: fc.subarray(['taobao.com', 'WWW.taobao.com', '*.taobao.com', 'tao bao']),
        secretName: fc.constantFrom('cert-a', 'cert-b', 'cert-b', null, ''),
      }),
      { maxLength: 3 },
    ),
  },
);

/** Of each name and namespace some, of which not all are good, and not all for every host. */
const certificates: readonly (readonly Secret[])[] = NAMESPACES.flatMap(ns =>
  ['cert-a', 'cert-b'].map(name => [
    tlsSecret(name, certificateFor('taobao.com', '*.taobao.com'), { namespace: ns }),
    tlsSecret(name, certificateFor('taobao.com'), { namespace: ns, type: 'Opaque' }),
    tlsSecret(name, { ...certificateFor('taobao.com'), key: 'none' }, { namespace: ns }),
  ]),
);

const secrets: fc.Arbitrary<readonly Secret[]> = fc
  .tuple(...certificates.map(versions => fc.subarray([...versions], { maxLength: 1 })))
  .map(chosen => chosen.flat());

const ingress = (name: string, at: number): fc.Arbitrary<Ingress> =>
  fc
    .record({
      namespace: fc.constantFrom(...NAMESPACES),
      createdMs: fc.constantFrom(null, 1, 2, 3),
      rules,
      tls,
      config,
      annotations,
      defaultBackend: fc.constantFrom(null, null, backend('www')),
    })
    .map(({ config: written, ...rest }) =>
      storedIngress(name, { ...rest, fileOrder: at, ...(written === undefined ? {} : { config: written }) }),
    );

/** Ports that Services compete for; one entry in a list may be wrong. */
const tcpPorts = fc
  .array(fc.constantFrom('33306:80', '33307:80', '33306:http', '6379:81', '70000:80', '33307'), {
    minLength: 1,
    maxLength: 3,
  })
  .map(entries => entries.join(','));

const tcpAnnotations: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record({
    'sluice.dev/tcp': tcpPorts,
    'sluice.dev/class': fc.constantFrom('nginx', 'sluice', undefined),
    'sluice.dev/tickets': fc.constantFrom(
      undefined,
      undefined,
      'percent: 5',
      '[{"sourceIP": ["10.0.0.0/8"]}, {"header": {"foo": "bar"}}, {"percent": 1, "to": "beta"}]',
      '[',
    ),
    'sluice.dev/edge-services': fc.constantFrom(
      undefined,
      undefined,
      'cart-edge',
      '{"beta": "order-edge"}',
      '{}',
      '1',
    ),
    'sluice.dev/tcp-idle-timeout': fc.constantFrom(undefined, '60', 'soon'),
  })
  .map(written =>
    Object.fromEntries(Object.entries(written).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]]))),
  );

const services: fc.Arbitrary<readonly Service[]> = fc
  .array(fc.record({ tcp: fc.option(tcpAnnotations, { freq: 2 }), createdMs: fc.constantFrom(null, 1, 2) }), {
    minLength: NAMESPACES.length * SERVICES.length,
    maxLength: NAMESPACES.length * SERVICES.length,
  })
  .map(written =>
    NAMESPACES.flatMap((ns, i) =>
      SERVICES.map((name, j) => {
        const { tcp = null, createdMs = null } = written[i * SERVICES.length + j] ?? {};
        return service(name, {
          selector: { app: name },
          metadata: { namespace: ns, createdMs, annotations: tcp ?? {} },
        });
      }),
    ),
  );

const pods: fc.Arbitrary<readonly Pod[]> = fc
  .array(
    fc.record({
      ns: fc.constantFrom(...NAMESPACES),
      app: fc.constantFrom(...SERVICES),
      track: fc.constantFrom<Readonly<Record<string, string>>>({}, { track: 'edge' }),
      ready: fc.nat({ max: 3 }).map(n => n > 0),
      // Two pods may say the same address: a terminating one and its successor on the host's network.
      ip: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
    }),
    { maxLength: 10 },
  )
  .map(list =>
    list.map(({ ns, app, track, ready, ip }, at) =>
      pod(`${app}-${at}`, {
        ips: [ip],
        ready,
        serving: ready,
        metadata: { namespace: ns, labels: { app, ...track } },
      }),
    ),
  );

const slices: fc.Arbitrary<readonly EndpointSlice[]> = fc
  .array(
    fc.record({
      ns: fc.constantFrom(...NAMESPACES),
      of: fc.constantFrom('cart', 'cart-edge', 'order'),
      address: fc.constantFrom('10.0.0.1', '10.0.0.4', '10.0.0.5'),
      ready: fc.boolean(),
      named: fc.boolean(),
    }),
    { maxLength: 4 },
  )
  .map(list =>
    list.map(({ ns, of, address, ready, named }, at) =>
      slice(
        of,
        [
          sliceEndpoint(address, {
            ready,
            ...(named ? { targetRef: podRef(`pod-${address}`, address, ns) } : {}),
          }),
        ],
        { metadata: { namespace: ns, name: `slice-${at}` } },
      ),
    ),
  );

/** A cluster of two namespaces that compete for a few hosts; a part of it is wrong. */
export const anySnapshot: fc.Arbitrary<ObjectSnapshot> = fc
  .record({
    ingresses: fc.tuple(...['a', 'b', 'c', 'd'].map((name, at) => ingress(name, at))),
    services,
    pods,
    slices,
    secrets,
    allowed: fc.constantFrom(undefined, '*.taobao.com', 'taobao.com', '[', ''),
  })
  .map(({ slices: endpointSlices, allowed, ...rest }) =>
    snapshot({
      ...rest,
      endpointSlices,
      namespaces: [
        namespace('shop', allowed === undefined ? {} : { 'sluice.dev/allowed-hosts': allowed }),
        namespace('mall'),
      ],
    }),
  );

const anyText = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom(
    '\n} server { deny all; }',
    '$(jndi:x) $1',
    '__proto__',
    '"',
    '\u0000',
    'true',
    'x'.repeat(70_000),
  ),
);

const brokenIngress: fc.Arbitrary<Ingress> = fc
  .record({
    rules: fc.array(
      fc.record({
        host: fc.oneof(ruleHost, anyText),
        paths: fc.array(
          fc.record({
            path: fc.oneof(fc.constantFrom(...PATHS), anyText),
            pathType: fc.constantFrom<IngressPath['pathType']>('Exact', 'ImplementationSpecific'),
            backend: anyText.map(name => backend(name)),
          }),
        ),
      }),
      { maxLength: 3 },
    ),
    annotations: fc.dictionary(
      fc.constantFrom(
        DEFAULT_ANNOTATION,
        'sluice.dev/applied',
        'sluice.dev/paused',
        'nginx.ingress.kubernetes.io/rewrite-target',
        'nginx.ingress.kubernetes.io/use-regex',
        '__proto__',
      ),
      anyText,
    ),
    className: fc.option(anyText),
  })
  .map(written =>
    // Younger than all others: who is older and names a host holds it by right, broken or not.
    storedIngress('broken', {
      ...written,
      namespace: 'broken',
      createdMs: Number.MAX_SAFE_INTEGER,
      fileOrder: 99,
    }),
  );

const SERVICE_ANNOTATIONS = [
  'sluice.dev/edge-selector',
  'sluice.dev/class',
  'sluice.dev/tcp',
  'sluice.dev/tickets',
  'sluice.dev/edge-services',
  'sluice.dev/on-empty-edge',
  'sluice.dev/tcp-connect-timeout',
  'sluice.dev/tcp-send-proxy',
] as const;

const brokenMetadata = { namespace: 'broken' };

/** One object of the namespace `broken` (or that Namespace) with anything in it. */
export const brokenObjects: fc.Arbitrary<Partial<ObjectSnapshot>> = fc.oneof(
  { weight: 4, arbitrary: brokenIngress.map(one => ({ ingresses: [one] })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(...SERVICES, 'cart-edge'),
        fc.dictionary(fc.string(), anyText),
        fc.dictionary(fc.constantFrom(...SERVICE_ANNOTATIONS), fc.oneof(anyText, tcpPorts)),
      )
      .map(([name, selector, annotations]) => ({
        services: [
          service(name, {
            selector,
            // Younger than all others, as the broken Ingress is.
            metadata: { ...brokenMetadata, createdMs: Number.MAX_SAFE_INTEGER, fileOrder: 99, annotations },
          }),
        ],
      })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...SERVICES), anyText).map(([app, ip]) => ({
      pods: [pod('cart-0', { ips: [ip], metadata: { ...brokenMetadata, labels: { app } } })],
    })),
  },
  {
    weight: 1,
    arbitrary: anyText.map(address => ({
      endpointSlices: [
        slice('cart', [sliceEndpoint(address, { targetRef: podRef('cart-0', null, 'shop') })], {
          metadata: brokenMetadata,
        }),
      ],
    })),
  },
  {
    weight: 1,
    arbitrary: anyText.map(text => ({
      namespaces: [
        namespace('broken', { 'sluice.dev/allowed-hosts': text, 'sluice.dev/allow-endpoints': text }),
      ],
    })),
  },
);
