import fc from 'fast-check';
import { hostKey } from '../../src/core/host-key.ts';
import type { Manifest } from './admission.ts';

/** Hosts as people and copying tools write them, a few of them wrong. */
const HOSTS = [
  'taobao.com',
  'taobao.com',
  'www.taobao.com',
  'Taobao.COM.',
  '*.taobao.com',
  'bücher.example',
  'xn--bcher-kva.example',
  '',
  hostKey('taobao.com'),
  hostKey('tmall.com'),
  hostKey('tmall.com', 'lan'),
  hostKey(''),
  `${'a'.repeat(60)}.${'b'.repeat(60)}.com`,
];
const BAD_HOSTS = ['not a host', 'taobao.com:80', hostKey('a.com', 'unknown'), hostKey(hostKey('a.com'))];

/** Names of annotations that a patch has to escape, and some that JavaScript would trip over. */
const ODD_NAMES = [
  'a/b~c',
  'x~1y',
  'x~0y/',
  '/',
  '~',
  '',
  '__proto__',
  'constructor',
  '10',
  'example.com/note',
];

const INTENTS: Readonly<Record<string, readonly string[]>> = {
  'sluice.dev/tickets': [
    '{"percent":5}',
    '- {header: {foo: bar}}\n- {cookie: {uid: {in: ["1", "2"]}}}',
    '[{"header":{"foo":"bar"},"to":"beta"}]',
    '[{"percent":101}]',
    '[{',
  ],
  'sluice.dev/aliases': [
    'm.taobao.com',
    'm.taobao.com, *.m.taobao.com',
    '{"taobao.com":["m.taobao.com"]}',
    '{}',
    '{"jd.com":["a.b"]}',
  ],
  'nginx.ingress.kubernetes.io/server-alias': ['n.taobao.com', 'n.taobao.com,m.taobao.com', ' '],
  'sluice.dev/edge-services': [
    '{}',
    '{"a-svc":"a-next"}',
    '{"b-svc":{"edge":"b-next","beta":"b-beta"}}',
    '[]',
  ],
  'sluice.dev/on-empty-edge': ['stable', 'unavailable', 'no'],
  'sluice.dev/paused': ['true', 'false', 'maybe'],
  'sluice.dev/rewrite': ['off', 'off', 'on', 'no'],
  'external-dns.kubernetes.io/hostname': [
    'shop.example.com',
    'taobao.com',
    'shop.example.com, taobao.com',
    '',
  ],
  'external-dns.alpha.kubernetes.io/ingress-hostname-source': ['annotation-only', 'defined-hosts-only'],
  'nginx.ingress.kubernetes.io/service-config': [
    '{}',
    '{"hosts":{"taobao.com":["taobao.cn"]}}',
    `{"hosts":{"${hostKey('taobao.com')}":["taobao.cn"],"${hostKey('gone.com')}":["gone.com"]},"drainage":{"tickets":{"header":{"foo":"bar"}}}}`,
    '{"drainage":{"serviceMap":{"a-svc":"a-hand"},"onEmptyEdge":"unavailable"}}',
    '{"drainage":{"onEmptyEdge":5}}',
    'no json',
  ],
  'sluice.dev/applied': [
    '{"by":"sluice.dev/router","entry":"","sections":{"hosts":"generated","tickets":"generated","serviceMap":"intent"},"dns":["external-dns.kubernetes.io/hostname"]}',
    '{"by":"sluice.dev/router","entry":"lan"}',
    '{"by":5}',
    'no json',
  ],
  'nginx.ingress.kubernetes.io/auth-url': ['https://auth.example'],
  'nginx.ingress.kubernetes.io/canary': ['true', 'false'],
  'kubernetes.io/ingress.class': ['sluice', 'internal', 'nginx'],
};

const annotations = fc
  .tuple(
    fc.array(
      fc
        .constantFrom(...Object.entries(INTENTS))
        .chain(([name, values]) => fc.tuple(fc.constant(name), fc.constantFrom(...values))),
      { maxLength: 4 },
    ),
    fc.array(fc.tuple(fc.constantFrom(...ODD_NAMES), fc.string({ maxLength: 8 })), { maxLength: 3 }),
  )
  // Not an object literal: there `__proto__` would be no name.
  .map(([intents, odd]) => Object.fromEntries([...odd, ...intents]));

/** Members that we know nothing of. */
const unknownFields = fc.dictionary(fc.constantFrom('future', 'x~y', 'a/b', '__proto__'), fc.jsonValue(), {
  maxKeys: 2,
});

const API_VERSIONS = ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1', 'extensions/v1beta1'] as const;
const SERVICES = ['a-svc', 'b-svc', 'c-svc', 'a-svc-edge'];

const path = (version: string): fc.Arbitrary<Manifest> =>
  fc
    .record({
      path: fc.constantFrom('/', '/cart', '/a/b', '/%41', 'cart', '/a b'),
      pathType: fc.constantFrom('Prefix', 'Exact', 'ImplementationSpecific'),
      service: fc.constantFrom(...SERVICES),
      extra: unknownFields,
    })
    .map(({ service, extra, ...written }) => ({
      ...extra,
      backend:
        version === 'networking.k8s.io/v1'
          ? { service: { port: { number: 80 }, name: service } }
          : { serviceName: service, servicePort: 'http' },
      ...written,
    }));

const host = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<string | undefined>(undefined, ...HOSTS) },
  { weight: 1, arbitrary: fc.constantFrom<string | undefined>(...BAD_HOSTS) },
);

const rule = (version: string): fc.Arbitrary<Manifest> =>
  fc
    .record({
      written: host,
      first: fc.boolean(),
      paths: fc.array(path(version), { minLength: 1, maxLength: 3 }),
      extra: unknownFields,
    })
    .map(({ written, first, paths, extra }) => ({
      ...(first && written !== undefined ? { host: written } : {}),
      ...extra,
      http: { paths },
      ...(!first && written !== undefined ? { host: written } : {}),
    }));

const manifest = (version: string): fc.Arbitrary<Manifest> =>
  fc
    .record({
      annotations: fc.option(annotations, { nil: undefined, freq: 4 }),
      className: fc.constantFrom('sluice', 'sluice', 'internal', 'nginx'),
      labels: fc.constantFrom(undefined, { app: 'web' }, { 'acme.cert-manager.io/http01-solver': 'true' }),
      rules: fc.option(fc.array(rule(version), { maxLength: 3 }), { nil: undefined, freq: 6 }),
      metadataExtra: unknownFields,
      specExtra: unknownFields,
      extra: unknownFields,
    })
    .map(parts => ({
      ...parts.extra,
      spec: {
        ...(parts.rules === undefined
          ? { [version === 'networking.k8s.io/v1' ? 'defaultBackend' : 'backend']: backendOf(version) }
          : { rules: parts.rules }),
        ...parts.specExtra,
        ingressClassName: parts.className,
      },
      apiVersion: version,
      metadata: {
        ...(parts.annotations === undefined ? {} : { annotations: parts.annotations }),
        name: 'web',
        ...parts.metadataExtra,
        namespace: 'shop',
        ...(parts.labels === undefined ? {} : { labels: parts.labels }),
      },
      kind: 'Ingress',
    }));

const backendOf = (version: string): Manifest =>
  version === 'networking.k8s.io/v1'
    ? { service: { name: 'a-svc', port: { name: 'http' } } }
    : { serviceName: 'a-svc', servicePort: 80 };

/** Ingresses of all API versions, most of them good, with fields, orders and names that nobody expects. */
export const arbitraryIngress: fc.Arbitrary<Manifest> = fc
  .constantFrom(...API_VERSIONS)
  .chain(version => manifest(version));

/** Any JSON, and JSON that is an Ingress but for some part of any shape. */
export const arbitraryJsonObject: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc
    .tuple(
      arbitraryIngress,
      fc.constantFrom('metadata', 'spec', 'apiVersion', 'kind', 'rules', 'annotations', 'http'),
      fc.jsonValue(),
    )
    .map(([ingress, name, value]) => withPart(ingress, name, value)),
);

const withPart = (object: Manifest, name: string, value: unknown): unknown =>
  JSON.parse(JSON.stringify(object, (key, part: unknown) => (key === name ? value : part)));
