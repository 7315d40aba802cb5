import test from 'ava';
import fc from 'fast-check';
import type { Backend } from '../../../src/core/objects/ingress.ts';
import { parseIngress } from '../../../src/core/objects/parse-ingress.ts';
import { formatProblem } from '../../../src/core/problem.ts';

const V1 = 'networking.k8s.io/v1';
const V1_BACKEND = { service: { name: 'cart', port: { number: 80 } } };

const withSpec = (apiVersion: string, spec: unknown): unknown => ({
  apiVersion,
  kind: 'Ingress',
  metadata: { name: 'shop' },
  spec,
});

const withPath = (apiVersion: string, path: unknown): unknown =>
  withSpec(apiVersion, { rules: [{ host: 'a.com', http: { paths: [path] } }] });

const backends = test.macro({
  exec(t, apiVersion: string, written: unknown, expected: Backend) {
    const parsed = parseIngress(withPath(apiVersion, { path: '/', pathType: 'Prefix', backend: written }));
    t.deepEqual(parsed.ok && parsed.value.rules[0]?.paths[0]?.backend, expected);
  },
  title: (_, apiVersion, written) => `the backend ${JSON.stringify(written)} of ${apiVersion} is read`,
});

const port80: Backend = { kind: 'service', name: 'cart', port: 80 };
const portHttp: Backend = { kind: 'service', name: 'cart', port: 'http' };
test(backends, 'extensions/v1beta1', { serviceName: 'cart', servicePort: 80 }, port80);
test(backends, 'networking.k8s.io/v1beta1', { serviceName: 'cart', servicePort: 'http' }, portHttp);
test(backends, V1, V1_BACKEND, port80);
test(backends, V1, { service: { name: 'cart', port: { name: 'http' } } }, portHttp);
test(
  backends,
  V1,
  { resource: { apiGroup: 'k8s.example.com', kind: 'Bucket', name: 'b' } },
  {
    kind: 'resource',
    description: 'k8s.example.com/Bucket b',
  },
);

const problems = test.macro({
  exec(t, value: unknown, expected: readonly string[]) {
    const parsed = parseIngress(value);
    t.deepEqual(parsed.ok ? [] : parsed.problems.map(formatProblem), expected);
  },
  title: (title = '') => title,
});

const at = 'spec.rules[0].http.paths[0]';

test(
  'a v1 backend in a v1beta1 Ingress is told which fields to write',
  problems,
  withPath('extensions/v1beta1', { backend: V1_BACKEND }),
  [
    `ObjectInvalid ${at}.backend.service: is a field of networking.k8s.io/v1; in v1beta1 write serviceName and servicePort`,
  ],
);

test(
  'a v1beta1 backend in a v1 Ingress is told which fields to write',
  problems,
  withPath(V1, { pathType: 'Exact', backend: { serviceName: 'cart', servicePort: 80 } }),
  [
    `ObjectInvalid ${at}.backend.serviceName "cart": is a field of v1beta1; in networking.k8s.io/v1 write service.name and service.port.number`,
  ],
);

test(
  'a port number in quotes is told to lose them',
  problems,
  withPath('extensions/v1beta1', { backend: { serviceName: 'cart', servicePort: '80' } }),
  [
    `ObjectInvalid ${at}.backend.servicePort "80": expected a port name, which has a letter, got the text "80"; write it without quotes: 80`,
  ],
);

test('a v1 path needs its pathType', problems, withPath(V1, { path: '/', backend: V1_BACKEND }), [
  `ObjectInvalid ${at}.pathType: expected one of Prefix, Exact, ImplementationSpecific, got nothing`,
]);

test(
  'a port that is no object, and a backend that is missing, are one problem each',
  problems,
  withSpec(V1, {
    rules: [
      {
        http: {
          paths: [
            { pathType: 'Prefix', backend: { service: { name: 'cart', port: 80 } } },
            { pathType: 'Prefix' },
          ],
        },
      },
    ],
  }),
  [
    `ObjectInvalid ${at}.backend.service.port "80": expected an object with "number" or "name", got the number 80`,
    'ObjectInvalid spec.rules[0].http.paths[1].backend: expected an object with "service", got nothing',
  ],
);

test(
  'a port with number and name, and a backend with service and resource, are refused',
  problems,
  withSpec(V1, {
    rules: [
      {
        http: {
          paths: [
            {
              pathType: 'Prefix',
              backend: { service: { name: 'cart', port: { number: 80, name: 'http' } } },
            },
            { pathType: 'Prefix', backend: { ...V1_BACKEND, resource: { kind: 'Bucket', name: 'b' } } },
          ],
        },
      },
    ],
  }),
  [
    `ObjectInvalid ${at}.backend.service.port.name "http": a port has a number or a name, not both; remove one of them`,
    'ObjectInvalid spec.rules[0].http.paths[1].backend.service: a backend has a service or a resource, not both; remove one of them',
  ],
);

test(
  'every problem of an Ingress is reported at once, each with its path',
  problems,
  {
    apiVersion: 'networking.k8s.io/v1beta1',
    kind: 'Ingress',
    metadata: { name: 'shop', annotations: { 'sluice.dev/paused': true }, labels: { tier: 3 } },
    spec: {
      ingressClassName: 7,
      defaultBackend: {},
      rules: [{ host: 80 }, 'a.com', { http: {} }, { http: { paths: {} } }],
      tls: [{ hosts: 'a.com' }],
    },
  },
  [
    'ObjectInvalid metadata.labels[tier] "3": expected a text, got the number 3; put it in quotes: "3"',
    'ObjectInvalid metadata.annotations[sluice.dev/paused] "true": expected a text, got the boolean true; put it in quotes: "true"',
    'ObjectInvalid spec.ingressClassName "7": expected a text, got the number 7; put it in quotes: "7"',
    'ObjectInvalid spec.defaultBackend: in this apiVersion the field is named backend',
    'ObjectInvalid spec.rules[1] "a.com": expected an object, got the text "a.com"',
    'ObjectInvalid spec.rules[0].host "80": expected a text, got the number 80; put it in quotes: "80"',
    'ObjectInvalid spec.rules[2].http.paths: expected a list of paths, got nothing',
    'ObjectInvalid spec.rules[3].http.paths: expected a list, got an object',
    'ObjectInvalid spec.tls[0].hosts "a.com": expected a list, got the text "a.com"',
  ],
);

test(
  'an object of another version is told the versions alone',
  problems,
  { apiVersion: 'networking.k8s.io/v2', kind: 'Ingress', spec: 5 },
  [
    'ObjectInvalid apiVersion "networking.k8s.io/v2": expected one of networking.k8s.io/v1, networking.k8s.io/v1beta1, extensions/v1beta1, got the text "networking.k8s.io/v2"',
  ],
);

test('an Ingress of v1beta1 is read as it stands, with the path types that it does not name', t => {
  const parsed = parseIngress(
    {
      apiVersion: 'extensions/v1beta1',
      kind: 'Ingress',
      metadata: {
        name: 'shop',
        uid: 'u1',
        creationTimestamp: '2026-01-31T12:00:00Z',
        deletionTimestamp: '2026-01-31T13:00:00Z',
        managedFields: [{ unknown: 'fields are fine' }],
      },
      spec: {
        backend: { serviceName: 'www', servicePort: 80 },
        ingressClassName: 'sluice',
        rules: [
          { host: 'Taobao.com', http: { paths: [{ backend: { serviceName: 'cart', servicePort: 80 } }] } },
          { host: null },
        ],
        tls: [{ hosts: ['taobao.com'], secretName: 'tls' }, {}],
      },
    },
    7,
  );
  t.true(parsed.ok);
  if (!parsed.ok) return;
  const { metadata, ...rest } = parsed.value;
  t.like(metadata, { namespace: 'default', name: 'shop', uid: 'u1', deleting: true, fileOrder: 7 });
  t.is(metadata.createdMs, Date.UTC(2026, 0, 31, 12));
  t.deepEqual(rest, {
    kind: 'Ingress',
    className: 'sluice',
    defaultBackend: { kind: 'service', name: 'www', port: 80 },
    rules: [
      { host: 'Taobao.com', paths: [{ path: '', pathType: 'ImplementationSpecific', backend: port80 }] },
      { host: '', paths: [] },
    ],
    tls: [
      { hosts: ['taobao.com'], secretName: 'tls' },
      { hosts: [], secretName: null },
    ],
    dialect: 'v1beta1',
  });
});

test('spec.defaultBackend of v1 is read, and an Ingress without spec has no rules', t => {
  const parsed = parseIngress(withSpec(V1, { defaultBackend: V1_BACKEND }));
  t.deepEqual(parsed.ok && parsed.value.defaultBackend, port80);
  t.deepEqual(parsed.ok && parsed.value.rules, []);
  const bare = parseIngress(withSpec(V1, undefined), 0, 'shop');
  t.is(bare.ok && bare.value.defaultBackend, null);
  t.is(bare.ok && bare.value.metadata.namespace, 'shop');
});

test('the number of problems told is bounded', t => {
  const parsed = parseIngress(withSpec(V1, { rules: Array.from({ length: 200_000 }, () => 5) }));
  t.is(parsed.ok ? 0 : parsed.problems.length, 101);
  t.regex(parsed.ok ? '' : (parsed.problems.at(-1)?.message ?? ''), /only the first 100/);
});

test('an Ingress whose fields hold any JSON is read or refused, and never throws', t => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const maybe = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, json);
  const path = fc.record({
    path: maybe,
    pathType: maybe,
    backend: fc.oneof(maybe, fc.record({ service: maybe })),
  });
  const spec = fc.record({
    rules: fc.oneof(json, fc.array(fc.record({ host: maybe, http: fc.record({ paths: fc.array(path) }) }))),
    tls: maybe,
    backend: maybe,
    defaultBackend: maybe,
  });
  const metadata = fc.oneof(
    json,
    fc.record({ name: json, labels: json, annotations: json, creationTimestamp: json }),
  );
  const ingress = fc.record({
    apiVersion: fc.constantFrom(V1, 'networking.k8s.io/v1beta1', 'extensions/v1beta1'),
    kind: fc.constant('Ingress'),
    metadata,
    spec: fc.oneof(json, spec),
  });
  fc.assert(
    fc.property(ingress, value => {
      const parsed = parseIngress(value);
      return parsed.ok || parsed.problems.length > 0;
    }),
    { numRuns: 500 },
  );
  t.pass();
});
